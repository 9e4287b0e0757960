/* canonical.h — one value as bytes that do not depend on which side it was read
 * from: two values are the same exactly when these bytes are.
 *
 * Shares no code with the copy. docs/same.md says the same in words.
 *
 *   type                    canonical bytes
 *   bigint, integer, smallint  8, big-endian two's complement
 *   double, real            8, big-endian IEEE 754 bits (-0.0 is not 0.0)
 *   numeric                 decimal.h: sign, exponent, digits (1.50 is 1.5)
 *   boolean                 1: 0 or 1
 *   text, varchar, json, citext, enum  the UTF-8 bytes
 *   char                    the same without blanks at the end
 *   bytea                   the bytes
 *   uuid                    16
 *   date                    8, days since 1970-01-01
 *   time                    8, microseconds since midnight
 *   timestamp, timestamptz  8, microseconds since 2000-01-01 00:00 (UTC), as the server sends them
 *   interval                24: months, days, microseconds
 *   inet, cidr              inet.h
 *   jsonb                   1: 1; json.h: the value, whatever its spelling
 *   arrays                  '[', items, ']'; an item: 'z' for NULL; 's' and a text, or 'n' and
 *                           a numeric's form, behind its size in 4 bytes
 */
#ifndef CANONICAL_CANONICAL_H
#define CANONICAL_CANONICAL_H

#include "base/text.h"
#include "canonical/json.h"
#include "canonical/zone.h"
#include "postgres/copy_stream.h"
#include "value/cell.h"
#include "value/type.h"

/* Borrowed: from the value, or from the scratch until its next use. */
struct canonical {
    const uint8_t *bytes;
    size_t size;
};

enum canonical_state {
    CANONICAL_VALUE,
    CANONICAL_NULL,
    CANONICAL_UNFIT /* not a value of that type: never the same as anything */
};

/* Reused from cell to cell; the zero value is ready. */
struct canonical_scratch {
    struct text bytes; /* the form */
    struct text utf8;  /* text of a UTF-16 file, a number as text */
    struct text list;  /* an array's JSON form */
    struct canonical_json_scratch json;
    struct canonical_zones zones; /* those that were asked for */
};
void canonical_scratch_free(struct canonical_scratch *scratch);

/* How the source was read and its bad text treated. */
struct canonical_settings {
    bool utf16;
    enum bad_text bad_text;
};

/* What the value of a source column must be in the target. When it is unfit,
 * `form` is its bytes or its number's 8 bytes, to tell unfit values apart. */
enum canonical_state canonical_source(sqlite3_value *value, const struct value_type *type,
                                      const struct canonical_settings *settings,
                                      struct canonical_scratch *scratch,
                                      struct canonical *form);

/* What the target holds: a field in PostgreSQL's binary format (as the *_send
 * functions of 13..18 write it) of exactly `type`. When unfit (a wrong size, an
 * infinite date), `form` is the field as it is. */
enum canonical_state canonical_target(const struct copy_field *field,
                                      const struct value_type *type,
                                      struct canonical_scratch *scratch,
                                      struct canonical *form);

/* The size of a field of this kind that is its own canonical form as the server sends it;
 * CANONICAL_ANY_SIZE; 0: it has to be read (a jsonb only if canonical_jsonb_is_form denies). */
enum { CANONICAL_ANY_SIZE = -1 };
extern const int8_t canonical_sent_sizes[TYPE_KIND_COUNT];
bool canonical_jsonb_is_form(const struct copy_field *field);

/* Big-endian 8 bytes at the end of `out`. */
void canonical_add_u64(struct text *out, uint64_t value);
uint64_t canonical_read_u64(const uint8_t *bytes);

#define CANONICAL_1970_TO_2000_US INT64_C(946684800000000)
enum { CANONICAL_JSONB_VERSION = 1 /* the first byte of a jsonb's field, and form */ };

/* The size without blanks at the end. */
size_t canonical_trimmed(const struct canonical *form);

#endif
