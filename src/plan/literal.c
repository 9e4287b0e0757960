/* literal.c — see literal.h. */
#include "plan/literal.h"

#include <ctype.h>
#include <errno.h>

#include <jansson.h>

static size_t
count_digits(const char *text)
{
    size_t count = 0;
    while (text[count] >= '0' && text[count] <= '9') {
        count++;
    }
    return count;
}

/* jansson refuses strings that are not UTF-8, by the rules PostgreSQL has too. */
bool
literal_is_utf8(const char *text, size_t *characters)
{
    json_t *string = json_string(text);
    if (string == NULL) {
        return false;
    }
    json_decref(string);
    if (characters != NULL) {
        *characters = 0;
        for (const char *c = text; *c != '\0'; c++) {
            *characters += ((unsigned char)*c & 0xc0) != 0x80;
        }
    }
    return true;
}

bool
literal_is_decimal(const char *text, int *digits, int *scale)
{
    const char *c = text + (*text == '-' || *text == '+');
    size_t whole = count_digits(c);
    const char *fraction = c + whole;
    size_t decimals = 0;
    if (*fraction == '.') {
        fraction++;
        decimals = count_digits(fraction);
        if (decimals == 0) {
            return false;
        }
    }
    if (whole == 0 || fraction[decimals] != '\0' || whole > 1000 || decimals > 1000) {
        return false;
    }
    while (whole > 0 && *c == '0') {
        c++;
        whole--;
    }
    while (decimals > 0 && fraction[decimals - 1] == '0') {
        decimals--;
    }
    *digits = (int)whole;
    *scale = (int)decimals;
    return true;
}

bool
literal_is_integer(const char *text, int64_t *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    size_t count = count_digits(digits);
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
    static const char *const words[] = {"t", "true",  "yes", "y", "on",  "1",
                                        "f", "false", "no",  "n", "off", "0"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (sqlite3_stricmp(words[i], text) == 0) {
            *value = i < 6;
            return true;
        }
    }
    return false;
}

bool
literal_is_uuid(const char *text)
{
    size_t length = strlen(text);
    if (length != 36 && length != 32) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        bool dash = length == 36 && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

bool
literal_is_json(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL) {
        return false;
    }
    json_decref(json);
    return true;
}

/* Two digits of at most `max`. */
static bool
two_digits(const char *text, int max, int *value)
{
    if (count_digits(text) < 2) {
        return false;
    }
    *value = (text[0] - '0') * 10 + (text[1] - '0');
    return *value <= max;
}

/* Returns what follows the date, or NULL. */
static const char *
skip_date(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month;
    int day;
    if (count_digits(text) != 4 || text[4] != '-' || !two_digits(text + 5, 12, &month) ||
        text[7] != '-' || !two_digits(text + 8, 31, &day) || month == 0 || day == 0) {
        return NULL;
    }
    int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 +
               (text[3] - '0');
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    bool exists = year > 0 && day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
    return exists ? text + 10 : NULL;
}

static const char *
skip_time(const char *text)
{
    int part;
    if (!two_digits(text, 23, &part) || text[2] != ':' || !two_digits(text + 3, 59, &part)) {
        return NULL;
    }
    text += 5;
    if (*text != ':') {
        return text;
    }
    if (!two_digits(text + 1, 59, &part)) {
        return NULL;
    }
    text += 3;
    if (*text != '.') {
        return text;
    }
    size_t fraction = count_digits(text + 1);
    return fraction >= 1 && fraction <= 6 ? text + 1 + fraction : NULL;
}

static const char *
skip_zone(const char *text)
{
    int part;
    if (*text == 'Z' || *text == 'z') {
        return text + 1;
    }
    if ((*text != '+' && *text != '-') || !two_digits(text + 1, 14, &part)) {
        return NULL;
    }
    text += 3;
    if (*text != ':') {
        return text;
    }
    return two_digits(text + 1, 59, &part) ? text + 3 : NULL;
}

bool
literal_is_date(const char *text)
{
    const char *rest = skip_date(text);
    return rest != NULL && *rest == '\0';
}

bool
literal_is_time(const char *text)
{
    const char *rest = skip_time(text);
    return rest != NULL && *rest == '\0';
}

bool
literal_is_timestamp(const char *text, bool *zoned)
{
    *zoned = false;
    const char *rest = skip_date(text);
    if (rest == NULL || *rest == '\0') {
        return rest != NULL;
    }
    if (*rest != ' ' && *rest != 'T') {
        return false;
    }
    rest = skip_time(rest + 1);
    if (rest == NULL || *rest == '\0') {
        return rest != NULL;
    }
    rest = skip_zone(rest);
    *zoned = rest != NULL;
    return rest != NULL && *rest == '\0';
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
