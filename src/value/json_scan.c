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

struct scanner {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    struct json_facts *facts;
    size_t values;
    unsigned depth;
    struct json_keys keys;
};

static bool scan_value(struct scanner *scanner);

static bool
fail(struct scanner *scanner, const char *error)
{
    scanner->facts->error = error;
    scanner->facts->error_at = (size_t)(scanner->at - scanner->start);
    return false;
}

static inline void
skip_blanks(struct scanner *scanner)
{
    while (scanner->at < scanner->end && *scanner->at <= ' ' &&
           (*scanner->at == ' ' || *scanner->at == '\n' || *scanner->at == '\t' ||
            *scanner->at == '\r')) {
        scanner->at++;
    }
}

/* Skips blanks; true, and goes behind it, when `c` comes next. */
static inline bool
take(struct scanner *scanner, uint8_t c)
{
    skip_blanks(scanner);
    if (scanner->at == scanner->end || *scanner->at != c) {
        return false;
    }
    scanner->at++;
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
static bool
scan_unicode_escape(struct scanner *scanner)
{
    uint32_t unit = hex4(scanner, scanner->at + 2);
    if (unit == UINT32_MAX) {
        return fail(scanner, "\\u is not followed by four hex digits");
    }
    scanner->at += 6;
    if (unit == 0) {
        scanner->facts->troubles |= JSON_NUL_ESCAPE;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return true;
    }
    if (unit <= 0xDBFF && scanner->end - scanner->at >= 6 && scanner->at[0] == '\\' &&
        scanner->at[1] == 'u') {
        uint32_t low = hex4(scanner, scanner->at + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            scanner->at += 6;
            return true;
        }
    }
    scanner->facts->troubles |= JSON_LONE_SURROGATE;
    return true;
}

static bool
scan_escape(struct scanner *scanner)
{
    if (scanner->end - scanner->at < 2) {
        return fail(scanner, "the text ends inside a string");
    }
    switch (scanner->at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': scanner->at += 2; return true;
    case 'u': return scan_unicode_escape(scanner);
    default: return fail(scanner, "unknown escape in a string");
    }
}

/* From behind the opening quote to behind the closing one. */
static inline bool
scan_string(struct scanner *scanner, bool *escaped)
{
    for (;;) {
        scanner->at = plain_run(scanner, scanner->at);
        if (scanner->at == scanner->end) {
            return fail(scanner, "the text ends inside a string");
        }
        if (*scanner->at == '"') {
            scanner->at++;
            return true;
        }
        if (*scanner->at != '\\') {
            return fail(scanner, "control character in a string");
        }
        *escaped = true;
        if (!scan_escape(scanner)) {
            return false;
        }
    }
}

/* Returns how many digits were skipped. */
static inline size_t
skip_digits(struct scanner *scanner)
{
    const uint8_t *first = scanner->at;
    while (scanner->at < scanner->end && (uint8_t)(*scanner->at - '0') <= 9) {
        scanner->at++;
    }
    return (size_t)(scanner->at - first);
}

static bool
scan_exponent(struct scanner *scanner, int64_t *exponent)
{
    scanner->at++;
    bool negative = scanner->at < scanner->end && *scanner->at == '-';
    if (scanner->at < scanner->end && (*scanner->at == '-' || *scanner->at == '+')) {
        scanner->at++;
    }
    const uint8_t *digits = scanner->at;
    if (skip_digits(scanner) == 0) {
        return fail(scanner, "a number's exponent has no digits");
    }
    int64_t number = 0;
    for (; digits < scanner->at && number <= JSON_EXPONENT_MAX; digits++) {
        number = number * 10 + (*digits - '0');
    }
    *exponent = negative ? -number : number;
    return true;
}

static bool
scan_number(struct scanner *scanner)
{
    if (*scanner->at == '-') {
        scanner->at++;
    }
    struct json_number number = {.integer = scanner->at};
    number.integer_digits = skip_digits(scanner);
    if (number.integer_digits == 0 || (number.integer_digits > 1 && number.integer[0] == '0')) {
        return fail(scanner, "not a JSON number");
    }
    if (scanner->at < scanner->end && *scanner->at == '.') {
        number.fraction = ++scanner->at;
        number.fraction_digits = skip_digits(scanner);
        if (number.fraction_digits == 0) {
            return fail(scanner, "a number has no digits behind its point");
        }
    }
    if (scanner->at < scanner->end && (*scanner->at | 0x20) == 'e' &&
        !scan_exponent(scanner, &number.exponent)) {
        return false;
    }
    /* Scalars of a usual size need no closer look. */
    bool unusual = number.exponent != 0 || scanner->at - number.integer > USUAL_NUMBER_SIZE;
    if (unusual && !json_number_fits_numeric(&number)) {
        scanner->facts->troubles |= JSON_NUMBER_RANGE;
    }
    return true;
}

static bool
scan_literal(struct scanner *scanner, const char *literal, size_t size)
{
    if ((size_t)(scanner->end - scanner->at) < size ||
        memcmp(scanner->at, literal, size) != 0) {
        return fail(scanner, "not a JSON value");
    }
    scanner->at += size;
    return true;
}

static bool
enter(struct scanner *scanner)
{
    scanner->at++;
    scanner->depth++;
    if (scanner->depth > scanner->facts->depth) {
        scanner->facts->depth = scanner->depth;
    }
    return scanner->depth <= JSON_DEPTH_MAX ||
           fail(scanner, "nested more than 1,000 levels deep");
}

static bool
scan_array(struct scanner *scanner)
{
    if (!enter(scanner)) {
        return false;
    }
    if (!take(scanner, ']')) {
        do {
            if (!scan_value(scanner)) {
                return false;
            }
        } while (take(scanner, ','));
        if (!take(scanner, ']')) {
            return fail(scanner, "expected , or ] in an array");
        }
    }
    scanner->depth--;
    return true;
}

/* "key": with its blanks. */
static bool
scan_key(struct scanner *scanner)
{
    if (!take(scanner, '"')) {
        return fail(scanner, "expected a key in an object");
    }
    const uint8_t *key = scanner->at;
    bool escaped = false;
    if (!scan_string(scanner, &escaped)) {
        return false;
    }
    size_t size = (size_t)(scanner->at - 1 - key);
    if (!json_keys_push(&scanner->keys, key, size, escaped)) {
        scanner->facts->troubles |= JSON_TOO_MANY_KEYS;
    }
    return take(scanner, ':') || fail(scanner, "expected : behind a key");
}

static bool
scan_object(struct scanner *scanner)
{
    if (!enter(scanner)) {
        return false;
    }
    size_t first_key = scanner->keys.count;
    if (!take(scanner, '}')) {
        do {
            if (!scan_key(scanner) || !scan_value(scanner)) {
                return false;
            }
            scanner->values++;
        } while (take(scanner, ','));
        if (!take(scanner, '}')) {
            return fail(scanner, "expected , or } in an object");
        }
    }
    if (json_keys_pop(&scanner->keys, first_key)) {
        scanner->facts->troubles |= JSON_DUPLICATE_KEY;
    }
    scanner->depth--;
    return true;
}

static bool
scan_value(struct scanner *scanner)
{
    skip_blanks(scanner);
    if (scanner->at == scanner->end) {
        return fail(scanner, "the text ends where a value should be");
    }
    scanner->values++;
    bool escaped = false;
    switch (*scanner->at) {
    case '"': scanner->at++; return scan_string(scanner, &escaped);
    case '{': return scan_object(scanner);
    case '[': return scan_array(scanner);
    case 't': return scan_literal(scanner, "true", 4);
    case 'f': return scan_literal(scanner, "false", 5);
    case 'n': return scan_literal(scanner, "null", 4);
    default: return scan_number(scanner);
    }
}

bool
json_scan(const uint8_t *bytes, size_t size, struct json_facts *facts)
{
    *facts = (struct json_facts){0};
    NOT_FILLED struct scanner scanner;
    scanner.start = bytes;
    scanner.at = bytes;
    scanner.end = bytes + size;
    scanner.facts = facts;
    scanner.values = 0;
    scanner.depth = 0;
    json_keys_init(&scanner.keys);
    bool valid = scan_value(&scanner);
    json_keys_free(&scanner.keys);
    if (!valid) {
        return false;
    }
    skip_blanks(&scanner);
    if (scanner.at != scanner.end) {
        return fail(&scanner, "something follows the JSON value");
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
