/* value_json.c — see value_json.h. */
#include "agent/value_json.h"

#include "base/text.h"
#include "value/utf8.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* pg_type.oid; these never change. */
enum {
    TYPE_BOOL = 16,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_OID = 26,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
};

static const struct {
    uint32_t type;
    const char *name;
} type_names[] = {
    {TYPE_BOOL, "boolean"},
    {17, "bytea"},
    {18, "\"char\""},
    {19, "name"},
    {TYPE_INT8, "bigint"},
    {TYPE_INT2, "smallint"},
    {TYPE_INT4, "integer"},
    {25, "text"},
    {TYPE_OID, "oid"},
    {114, "json"},
    {142, "xml"},
    {TYPE_FLOAT4, "real"},
    {TYPE_FLOAT8, "double precision"},
    {869, "inet"},
    {1007, "integer[]"},
    {1009, "text[]"},
    {1042, "character"},
    {1043, "character varying"},
    {1082, "date"},
    {1083, "time without time zone"},
    {1114, "timestamp without time zone"},
    {1184, "timestamp with time zone"},
    {1186, "interval"},
    {1700, "numeric"},
    {2205, "regclass"},
    {2950, "uuid"},
    {3802, "jsonb"},
};

static const int64_t exact_max = (int64_t)1 << 53;

const char *
value_json_type_name(uint32_t type)
{
    for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++) {
        if (type_names[i].type == type) {
            return type_names[i].name;
        }
    }
    return NULL;
}

static json_t *
replace_bad(const char *text, size_t length)
{
    AUTO_TEXT good = {0};
    size_t at = 0;
    while (at < length) {
        size_t characters;
        size_t valid = utf8_valid_prefix((const uint8_t *)text + at, length - at, &characters);
        text_add_bytes(&good, text + at, valid);
        at += valid;
        if (at < length) {
            text_add(&good, "\xEF\xBF\xBD");
            at++;
        }
    }
    return json_stringn(text_string(&good), good.length);
}

json_t *
value_json_text_n(const char *text, size_t length)
{
    json_t *string = json_stringn(text, length);
    return string != NULL ? string : replace_bad(text, length);
}

json_t *
value_json_text(const char *text)
{
    return value_json_text_n(text, strlen(text));
}

static json_t *
make_integer(const char *text, size_t length)
{
    errno = 0;
    char *end;
    long long number = strtoll(text, &end, 10);
    bool exact = errno == 0 && end == text + length && number <= exact_max &&
                 number >= -exact_max;
    return exact ? json_integer(number) : json_stringn(text, length);
}

static json_t *
make_real(const char *text, size_t length)
{
    double number = strtod(text, NULL);
    return isfinite(number) ? json_real(number) : json_stringn(text, length);
}

json_t *
value_json_make(struct value_json *value)
{
    if (value->bytes == NULL) {
        value->length = 0;
        return json_null();
    }
    switch (value->type) {
    case TYPE_BOOL: return json_boolean(value->bytes[0] == 't');
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
    case TYPE_OID: return make_integer(value->bytes, value->length);
    case TYPE_FLOAT4:
    case TYPE_FLOAT8: return make_real(value->bytes, value->length);
    default: break;
    }
    size_t most = value->length_max == 0 ? VALUE_JSON_BYTES_MAX : value->length_max;
    if (value->length > most) {
        size_t characters;
        value->clipped = true;
        value->length = utf8_valid_prefix((const uint8_t *)value->bytes, most, &characters);
    }
    return value_json_text_n(value->bytes, value->length);
}

const char *
value_json_parameter(struct arena *arena, const json_t *value)
{
    if (json_is_string(value)) {
        return json_string_value(value);
    }
    if (value == NULL || json_is_null(value)) {
        return NULL;
    }
    char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dumped == NULL) {
        abort();
    }
    const char *copy = arena_strdup(arena, dumped);
    free(dumped);
    return copy;
}
