/* decode_internal.h — what decode*.c share. */
#ifndef VALUE_DECODE_INTERNAL_H
#define VALUE_DECODE_INTERNAL_H

#include "value/decode.h"

#include <string.h>

/* One field on its way. */
struct decoding {
    const uint8_t *bytes;
    size_t size;
    const struct value_type *type;
    const struct source_form *form;
    struct text *out; /* the scratch, empty */
    struct sqlite_value *value;
};

static inline uint16_t
get_uint16(const uint8_t *bytes)
{
    uint16_t number;
    memcpy(&number, bytes, sizeof number);
    return __builtin_bswap16(number);
}

static inline uint32_t
get_uint32(const uint8_t *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return __builtin_bswap32(number);
}

static inline int64_t
get_int64(const uint8_t *bytes)
{
    uint64_t number;
    memcpy(&number, bytes, sizeof number);
    return (int64_t)__builtin_bswap64(number);
}

/* Each sets the value and returns true. */
bool give_integer(const struct decoding *decoding, int64_t integer);
bool give_real(const struct decoding *decoding, double real);
bool give_text(const struct decoding *decoding, const void *bytes, size_t size);
bool give_scratch(const struct decoding *decoding); /* as text */

/* False: the field is malformed. */
typedef bool decode_function(const struct decoding *decoding);
decode_function decode_numeric;
decode_function decode_date;
decode_function decode_time;
decode_function decode_timestamp;
decode_function decode_interval;
decode_function decode_inet;
decode_function decode_array;

#endif
