/* json_scan.c — a recursive validator whose string loop looks at 16 bytes at once. */
#include "value/json_scan.h"

#include "value/json_keys.h"
#include "value/json_number.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    USUAL_NUMBER_SIZE = 1000,
    JSONB_BYTES_PER_VALUE = 24, /* at most, beside the text: entry, headers, alignment */
};

/* The build fills automatic variables with zeros; the key stack is large and is
 * written before it is read. */
#define NOT_FILLED __attribute__((uninitialized))

/* Where the scan stands is no part of it: functions take that and return where they
 * have left off, or NULL for a failure, so that it stays in a register. */
struct scanner {
    const uint8_t *start;
    const uint8_t *end;
    struct json_facts *facts;
    size_t values;
    unsigned depth;
    struct json_keys keys;
};

__attribute__((noinline, cold)) static const uint8_t *
fail(struct scanner *scanner, const uint8_t *at, const char *error)
{
    scanner->facts->error = error;
    scanner->facts->error_at = (size_t)(at - scanner->start);
    return NULL;
}

static inline const uint8_t *
skip_blanks(const struct scanner *scanner, const uint8_t *at)
{
    while (at < scanner->end && *at <= ' ' &&
           (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        at++;
    }
    return at;
}

static inline bool
stands_at(const struct scanner *scanner, const uint8_t *at, uint8_t c)
{
    return at < scanner->end && *at == c;
}

/* Goes behind `c` when it comes next, behind blanks or at once. */
static inline bool
take(const struct scanner *scanner, const uint8_t **at, uint8_t c)
{
    if (!stands_at(scanner, *at, c)) {
        *at = skip_blanks(scanner, *at);
        if (!stands_at(scanner, *at, c)) {
            return false;
        }
    }
    (*at)++;
    return true;
}

#ifdef __SSE2__
/* A bit for each of the 16 bytes that ends a plain run inside a string. */
static inline unsigned
special_in_vector(const uint8_t *bytes)
{
    __m128i vector = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    __m128i quote = _mm_cmpeq_epi8(vector, _mm_set1_epi8('"'));
    __m128i backslash = _mm_cmpeq_epi8(vector, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(vector, _mm_set1_epi8(0x1F)), vector);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control));
}
#endif

/* The first quote, backslash or control character from `at` on, or the end. */
static inline const uint8_t *
plain_run(const struct scanner *scanner, const uint8_t *at)
{
#ifdef __SSE2__
    for (; scanner->end - at >= 16; at += 16) {
        unsigned found = special_in_vector(at);
        if (found != 0) {
            return at + __builtin_ctz(found);
        }
    }
    if (scanner->end - scanner->start >= 16) {
        /* The rest together with bytes already seen. */
        unsigned seen = 16 - (unsigned)(scanner->end - at);
        unsigned found = special_in_vector(scanner->end - 16) >> seen;
        return found == 0 ? scanner->end : at + __builtin_ctz(found);
    }
#endif
    while (at < scanner->end && *at != '"' && *at != '\\' && *at >= 0x20) {
        at++;
    }
    return at;
}

/* Four hex digits, or UINT32_MAX. */
static uint32_t
hex4(const struct scanner *scanner, const uint8_t *at)
{
    if (scanner->end - at < 4) {
        return UINT32_MAX;
    }
    uint32_t number = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t digit = (uint32_t)at[i] - '0';
        uint32_t letter = ((uint32_t)at[i] | 0x20) - 'a';
        if (digit > 9 && letter > 5) {
            return UINT32_MAX;
        }
        number = number << 4 | (digit <= 9 ? digit : letter + 10);
    }
    return number;
}

/* \uXXXX, and the \uXXXX that completes a pair. */
static const uint8_t *
scan_unicode_escape(struct scanner *scanner, const uint8_t *at)
{
    uint32_t unit = hex4(scanner, at + 2);
    if (unit == UINT32_MAX) {
        return fail(scanner, at, "\\u is not followed by four hex digits");
    }
    at += 6;
    if (unit == 0) {
        scanner->facts->troubles |= JSON_NUL_ESCAPE;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return at;
    }
    if (unit <= 0xDBFF && scanner->end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        uint32_t low = hex4(scanner, at + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            return at + 6;
        }
    }
    scanner->facts->troubles |= JSON_LONE_SURROGATE;
    return at;
}

static const uint8_t *
scan_escape(struct scanner *scanner, const uint8_t *at)
{
    if (scanner->end - at < 2) {
        return fail(scanner, at, "the text ends inside a string");
    }
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at + 2;
    case 'u': return scan_unicode_escape(scanner, at);
    default: return fail(scanner, at, "unknown escape in a string");
    }
}

/* The rest of a string whose first plain run ends at what is no quote. */
__attribute__((noinline)) static const uint8_t *
scan_string_on(struct scanner *scanner, const uint8_t *at)
{
    while (!stands_at(scanner, at, '"')) {
        if (at == scanner->end) {
            return fail(scanner, at, "the text ends inside a string");
        }
        if (*at != '\\') {
            return fail(scanner, at, "control character in a string");
        }
        at = scan_escape(scanner, at);
        if (at == NULL) {
            return NULL;
        }
        at = plain_run(scanner, at);
    }
    return at + 1;
}

/* From behind the opening quote to behind the closing one. */
static inline const uint8_t *
scan_string(struct scanner *scanner, const uint8_t *at, bool *escaped)
{
    at = plain_run(scanner, at);
    *escaped = !stands_at(scanner, at, '"');
    return *escaped ? scan_string_on(scanner, at) : at + 1;
}

static inline const uint8_t *
skip_digits(const struct scanner *scanner, const uint8_t *at)
{
    while (at < scanner->end && (uint8_t)(*at - '0') <= 9) {
        at++;
    }
    return at;
}

static const uint8_t *
scan_exponent(struct scanner *scanner, const uint8_t *at, int64_t *exponent)
{
    at++;
    bool negative = stands_at(scanner, at, '-');
    if (negative || stands_at(scanner, at, '+')) {
        at++;
    }
    const uint8_t *behind = skip_digits(scanner, at);
    if (behind == at) {
        return fail(scanner, at, "a number's exponent has no digits");
    }
    int64_t number = 0;
    for (; at < behind && number <= JSON_EXPONENT_MAX; at++) {
        number = number * 10 + (*at - '0');
    }
    *exponent = negative ? -number : number;
    return behind;
}

/* A number with an exponent, or of an unusual size: from behind its digits on. */
__attribute__((noinline)) static const uint8_t *
scan_unusual_number(struct scanner *scanner, const uint8_t *at, const uint8_t *integer,
                    const uint8_t *point)
{
    struct json_number number = {
        .integer = integer,
        .integer_digits = (size_t)((point != NULL ? point : at) - integer),
        .fraction = point == NULL ? NULL : point + 1,
        .fraction_digits = point == NULL ? 0 : (size_t)(at - point - 1),
    };
    if (at < scanner->end && (*at | 0x20) == 'e') {
        at = scan_exponent(scanner, at, &number.exponent);
        if (at == NULL) {
            return NULL;
        }
    }
    if (!json_number_fits_numeric(&number)) {
        scanner->facts->troubles |= JSON_NUMBER_RANGE;
    }
    return at;
}

static inline const uint8_t *
scan_number(struct scanner *scanner, const uint8_t *at)
{
    at += *at == '-';
    const uint8_t *integer = at;
    at = skip_digits(scanner, at);
    if (at == integer || (at - integer > 1 && *integer == '0')) {
        return fail(scanner, at, "not a JSON number");
    }
    const uint8_t *point = NULL;
    if (stands_at(scanner, at, '.')) {
        point = at;
        at = skip_digits(scanner, at + 1);
        if (at == point + 1) {
            return fail(scanner, at, "a number has no digits behind its point");
        }
    }
    bool unusual = at - integer > USUAL_NUMBER_SIZE ||
                   (at < scanner->end && (*at | 0x20) == 'e');
    return unusual ? scan_unusual_number(scanner, at, integer, point) : at;
}

static inline const uint8_t *
scan_literal(struct scanner *scanner, const uint8_t *at, const char *literal, size_t size)
{
    if ((size_t)(scanner->end - at) < size || memcmp(at, literal, size) != 0) {
        return fail(scanner, at, "not a JSON value");
    }
    return at + size;
}

/* Each a frame of its own: inlined into each other they would only save more registers. */
#define NESTS __attribute__((noinline))
static const uint8_t *scan_array(struct scanner *scanner, const uint8_t *at);
static const uint8_t *scan_object(struct scanner *scanner, const uint8_t *at);

/* Blanks and a value. Inlined where values stand, so that only what nests is called. */
__attribute__((always_inline)) static inline const uint8_t *
scan_value(struct scanner *scanner, const uint8_t *at)
{
    at = skip_blanks(scanner, at);
    if (at == scanner->end) {
        return fail(scanner, at, "the text ends where a value should be");
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
enter(struct scanner *scanner)
{
    scanner->depth++;
    if (scanner->depth > scanner->facts->depth) {
        scanner->facts->depth = scanner->depth;
    }
    return scanner->depth <= JSON_DEPTH_MAX;
}

/* From behind the bracket. */
NESTS static const uint8_t *
scan_array(struct scanner *scanner, const uint8_t *at)
{
    if (!enter(scanner)) {
        return fail(scanner, at, "nested more than 1,000 levels deep");
    }
    if (!take(scanner, &at, ']')) {
        do {
            at = scan_value(scanner, at);
            if (at == NULL) {
                return NULL;
            }
        } while (take(scanner, &at, ','));
        if (!take(scanner, &at, ']')) {
            return fail(scanner, at, "expected , or ] in an array");
        }
    }
    scanner->depth--;
    return at;
}

/* Blanks, a key and its colon. */
static inline const uint8_t *
scan_key(struct scanner *scanner, const uint8_t *at, struct json_key_marks *marks)
{
    if (!take(scanner, &at, '"')) {
        return fail(scanner, at, "expected a key in an object");
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
    return take(scanner, &at, ':') ? at : fail(scanner, at, "expected : behind a key");
}

/* From behind the brace. */
NESTS static const uint8_t *
scan_object(struct scanner *scanner, const uint8_t *at)
{
    if (!enter(scanner)) {
        return fail(scanner, at, "nested more than 1,000 levels deep");
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
            return fail(scanner, at, "expected , or } in an object");
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
    NOT_FILLED struct scanner scanner;
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
        fail(&scanner, at, "something follows the JSON value");
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
