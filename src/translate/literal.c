/* literal.c — see literal.h. The forms themselves are those of value/. */
#include "translate/literal.h"

#include "value/datetime.h"
#include "value/decimal.h"
#include "value/json_scan.h"
#include "value/utf8.h"
#include "value/word.h"

#include <errno.h>

static const uint8_t *
bytes_of(const char *text)
{
    return (const uint8_t *)text;
}

bool
literal_is_utf8(const char *text, size_t *characters)
{
    size_t count;
    size_t size = strlen(text);
    bool valid = utf8_valid_prefix(bytes_of(text), size, &count) == size;
    if (valid && characters != NULL) {
        *characters = count;
    }
    return valid;
}

bool
literal_is_decimal(const char *text, size_t *digits, size_t *scale)
{
    struct decimal decimal;
    if (!decimal_parse(bytes_of(text), strlen(text), &decimal)) {
        return false;
    }
    *digits = decimal.integer_digits;
    *scale = decimal_scale(&decimal);
    return true;
}

bool
literal_is_integer(const char *text, int64_t *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || digits[count] != '\0') {
        return false;
    }
    errno = 0;
    *value = strtoll(text, NULL, 10);
    return errno == 0;
}

bool
literal_is_boolean(const char *text, bool *value)
{
    return boolean_parse(bytes_of(text), strlen(text), value);
}

bool
literal_is_uuid(const char *text)
{
    uint8_t uuid[UUID_SIZE];
    bool canonical;
    return uuid_parse(bytes_of(text), strlen(text), uuid, &canonical);
}

bool
literal_is_json(const char *text, bool binary)
{
    struct json_facts facts;
    return literal_is_utf8(text, NULL) && json_scan(bytes_of(text), strlen(text), &facts) &&
           (!binary || facts.troubles == 0);
}

bool
literal_is_date(const char *text)
{
    struct datetime datetime;
    return datetime_parse(bytes_of(text), strlen(text), &datetime) && !datetime.has_time;
}

bool
literal_is_time(const char *text)
{
    int64_t microseconds;
    return time_of_day_parse(bytes_of(text), strlen(text), &microseconds);
}

bool
literal_is_timestamp(const char *text, bool *zoned)
{
    struct datetime datetime;
    bool valid = datetime_parse(bytes_of(text), strlen(text), &datetime);
    *zoned = valid && datetime.zoned;
    return valid;
}

/* strcasestr for ASCII. */
static bool
holds_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (; *text != '\0'; text++) {
        if (sqlite3_strnicmp(text, word, (int)length) == 0) {
            return true;
        }
    }
    return false;
}

enum affinity
literal_cast_affinity(const char *type)
{
    if (holds_word(type, "INT")) {
        return AFFINITY_INTEGER;
    }
    if (holds_word(type, "CHAR") || holds_word(type, "CLOB") || holds_word(type, "TEXT")) {
        return AFFINITY_TEXT;
    }
    if (holds_word(type, "BLOB") || type[0] == '\0') {
        return AFFINITY_BLOB;
    }
    if (holds_word(type, "REAL") || holds_word(type, "FLOA") || holds_word(type, "DOUB")) {
        return AFFINITY_REAL;
    }
    return AFFINITY_NUMERIC;
}
