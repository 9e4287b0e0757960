/* json_scan.c — a recursive validator of JSON: values, arrays, objects, and what they come to. */
#include "value/json_scan.h"

#include "value/json_scan_internal.h"

#include <string.h>

enum {
    USUAL_NUMBER_SIZE = 1000,
    JSONB_BYTES_PER_VALUE = 24, /* at most, beside the text: entry, headers, alignment */
};

/* The build fills automatic variables with zeros; the key stack is large and is
 * written before it is read. */
#define NOT_FILLED __attribute__((uninitialized))

static inline const uint8_t *
skip_blanks(const struct json_scanner *scanner, const uint8_t *at)
{
    while (at < scanner->end && *at <= ' ' &&
           (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        at++;
    }
    return at;
}

/* Goes behind `c` when it comes next, behind blanks or at once. */
static inline bool
take(const struct json_scanner *scanner, const uint8_t **at, uint8_t c)
{
    if (!json_stands_at(scanner, *at, c)) {
        *at = skip_blanks(scanner, *at);
        if (!json_stands_at(scanner, *at, c)) {
            return false;
        }
    }
    (*at)++;
    return true;
}

/* From behind the opening quote to behind the closing one. */
static inline const uint8_t *
scan_string(struct json_scanner *scanner, const uint8_t *at, bool *escaped)
{
    at = json_plain_run(scanner, at);
    *escaped = !json_stands_at(scanner, at, '"');
    return *escaped ? json_scan_string_on(scanner, at) : at + 1;
}

static inline const uint8_t *
scan_number(struct json_scanner *scanner, const uint8_t *at)
{
    at += *at == '-';
    const uint8_t *integer = at;
    at = json_skip_digits(scanner, at);
    if (at == integer || (at - integer > 1 && *integer == '0')) {
        return json_scan_fail(scanner, at, "not a JSON number");
    }
    const uint8_t *point = NULL;
    if (json_stands_at(scanner, at, '.')) {
        point = at;
        at = json_skip_digits(scanner, at + 1);
        if (at == point + 1) {
            return json_scan_fail(scanner, at, "a number has no digits behind its point");
        }
    }
    bool unusual = at - integer > USUAL_NUMBER_SIZE ||
                   (at < scanner->end && (*at | 0x20) == 'e');
    return unusual ? json_scan_unusual_number(scanner, at, integer, point) : at;
}

static inline const uint8_t *
scan_literal(struct json_scanner *scanner, const uint8_t *at, const char *literal, size_t size)
{
    if ((size_t)(scanner->end - at) < size || memcmp(at, literal, size) != 0) {
        return json_scan_fail(scanner, at, "not a JSON value");
    }
    return at + size;
}

/* Each a frame of its own: inlined into each other they would only save more registers. */
#define NESTS __attribute__((noinline))
static const uint8_t *scan_array(struct json_scanner *scanner, const uint8_t *at);
static const uint8_t *scan_object(struct json_scanner *scanner, const uint8_t *at);

/* Blanks and a value. Inlined where values stand, so that only what nests is called. */
__attribute__((always_inline)) static inline const uint8_t *
scan_value(struct json_scanner *scanner, const uint8_t *at)
{
    at = skip_blanks(scanner, at);
    if (at == scanner->end) {
        return json_scan_fail(scanner, at, "the text ends where a value should be");
    }
    scanner->values++;
    bool escaped;
    switch (*at) {
    case '"': return scan_string(scanner, at + 1, &escaped);
    case '{': return scan_object(scanner, at + 1);
    case '[': return scan_array(scanner, at + 1);
    case 't': return scan_literal(scanner, at, "true", 4);
    case 'f': return scan_literal(scanner, at, "false", 5);
    case 'n': return scan_literal(scanner, at, "null", 4);
    default: return scan_number(scanner, at);
    }
}

static inline bool
enter(struct json_scanner *scanner)
{
    scanner->depth++;
    if (scanner->depth > scanner->facts->depth) {
        scanner->facts->depth = scanner->depth;
    }
    return scanner->depth <= JSON_DEPTH_MAX;
}

/* From behind the bracket. */
NESTS static const uint8_t *
scan_array(struct json_scanner *scanner, const uint8_t *at)
{
    if (!enter(scanner)) {
        return json_scan_fail(scanner, at, "nested more than 1,000 levels deep");
    }
    if (!take(scanner, &at, ']')) {
        do {
            at = scan_value(scanner, at);
            if (at == NULL) {
                return NULL;
            }
        } while (take(scanner, &at, ','));
        if (!take(scanner, &at, ']')) {
            return json_scan_fail(scanner, at, "expected , or ] in an array");
        }
    }
    scanner->depth--;
    return at;
}

/* Blanks, a key and its colon. */
static inline const uint8_t *
scan_key(struct json_scanner *scanner, const uint8_t *at, struct json_key_marks *marks)
{
    if (!take(scanner, &at, '"')) {
        return json_scan_fail(scanner, at, "expected a key in an object");
    }
    const uint8_t *key = at;
    bool escaped;
    at = scan_string(scanner, at, &escaped);
    if (at == NULL) {
        return NULL;
    }
    size_t size = (size_t)(at - 1 - key);
    json_key_marks_add(marks, key, size, escaped);
    if (!json_keys_push(&scanner->keys, key, size, escaped)) {
        scanner->facts->troubles |= JSON_TOO_MANY_KEYS;
    }
    return take(scanner, &at, ':') ? at
                                   : json_scan_fail(scanner, at, "expected : behind a key");
}

/* From behind the brace. */
NESTS static const uint8_t *
scan_object(struct json_scanner *scanner, const uint8_t *at)
{
    if (!enter(scanner)) {
        return json_scan_fail(scanner, at, "nested more than 1,000 levels deep");
    }
    size_t first_key = scanner->keys.count;
    struct json_key_marks marks = {0};
    if (!take(scanner, &at, '}')) {
        do {
            at = scan_key(scanner, at, &marks);
            at = at == NULL ? NULL : scan_value(scanner, at);
            if (at == NULL) {
                return NULL;
            }
            scanner->values++;
        } while (take(scanner, &at, ','));
        if (!take(scanner, &at, '}')) {
            return json_scan_fail(scanner, at, "expected , or } in an object");
        }
    }
    if (json_keys_pop(&scanner->keys, first_key, &marks)) {
        scanner->facts->troubles |= JSON_DUPLICATE_KEY;
    }
    scanner->depth--;
    return at;
}

bool
json_scan(const uint8_t *bytes, size_t size, struct json_facts *facts)
{
    *facts = (struct json_facts){0};
    NOT_FILLED struct json_scanner scanner;
    scanner.start = bytes;
    scanner.end = bytes + size;
    scanner.facts = facts;
    scanner.values = 0;
    scanner.depth = 0;
    json_keys_init(&scanner.keys);
    const uint8_t *at = scan_value(&scanner, bytes);
    json_keys_free(&scanner.keys);
    if (at == NULL) {
        return false;
    }
    at = skip_blanks(&scanner, at);
    if (at != scanner.end) {
        json_scan_fail(&scanner, at, "something follows the JSON value");
        return false;
    }
    facts->container = facts->depth > 0;
    if (size + scanner.values * JSONB_BYTES_PER_VALUE > JSONB_SIZE_MAX) {
        facts->troubles |= JSON_TOO_LARGE;
    }
    return true;
}

const char *
json_trouble_text(unsigned troubles)
{
    static const char *const texts[] = {
        "holds \\u0000",
        "holds half of a surrogate pair",
        "has a key twice in one object",
        "has too many keys in one object",
        "holds a number beyond numeric's range",
        "is too large for jsonb",
    };
    return troubles == 0 ? "" : texts[__builtin_ctz(troubles)];
}
