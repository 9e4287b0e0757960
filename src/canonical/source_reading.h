/* source_reading.h — one source value being read; for source*.c only. */
#ifndef CANONICAL_SOURCE_READING_H
#define CANONICAL_SOURCE_READING_H

#include "canonical/canonical.h"

#include <string.h>

struct reading {
    sqlite3_value *value;
    int class; /* SQLITE_INTEGER, ... */
    const struct value_type *type;
    const struct canonical_settings *settings;
    struct canonical_scratch *scratch;
    struct text *out;       /* &scratch->bytes, empty */
    struct canonical bytes; /* of a text (UTF-8) or a blob */
    bool broken;            /* UTF-16 that has no UTF-8 */
};

static inline uint64_t
bits_of(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

/* Each adds the form, and is false when the value is none of that type. */
bool read_whole_number(struct reading *reading, int64_t min, int64_t max);
bool read_double(struct reading *reading);
bool read_real(struct reading *reading);
bool read_numeric(struct reading *reading);
bool read_boolean(struct reading *reading);

/* date, time, timestamp, timestamptz; interval. */
bool read_moment(struct reading *reading);
bool read_interval(struct reading *reading);

/* An array's form: that of json.h with strings and NULLs, or whole numbers
 * and NULLs alone. */
bool read_array(struct reading *reading);
bool read_mapped_uuid(struct reading *reading);

/* A number where text is wanted. */
struct canonical reading_number_text(struct reading *reading);

#endif
