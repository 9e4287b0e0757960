/* chain_json.c — see chain_json.h. */
#include "verify/chain_json.h"

#include "base/arena.h"
#include "canonical/text.h"

#include <stdlib.h>
#include <string.h>

struct spelling {
    const uint8_t *at;
    const uint8_t *end;
    struct text *out;
    int depth;
};

/* One "key":value of an object, where it stands in the output. */
struct member {
    const char *key; /* its characters */
    size_t key_size;
    size_t start;
    size_t end;
};

static bool spell_value(struct spelling *spelling);

void
chain_json_quote(struct text *out, const uint8_t *bytes, size_t size)
{
    static const char short_forms[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    text_add_char(out, '"');
    for (size_t i = 0; i < size; i++) {
        const char *known = bytes[i] == 0 ? NULL : strchr(short_forms, bytes[i]);
        /* Each stands in front of its letter; a letter itself needs no escape. */
        bool escaped = known != NULL && (bytes[i] < ' ' || bytes[i] == '"' || bytes[i] == '\\');
        if (escaped) {
            text_add_char(out, '\\');
            text_add_char(out, known[1]);
        } else if (bytes[i] < ' ') {
            text_printf(out, "\\u%04x", bytes[i]);
        } else {
            text_add_char(out, (char)bytes[i]);
        }
    }
    text_add_char(out, '"');
}

static void
skip_blanks(struct spelling *spelling)
{
    while (spelling->at < spelling->end && *spelling->at != '\0' &&
           strchr(" \t\r\n", *spelling->at) != NULL) {
        spelling->at++;
    }
}

static bool
take(struct spelling *spelling, char c)
{
    skip_blanks(spelling);
    if (spelling->at == spelling->end || *spelling->at != (uint8_t)c) {
        return false;
    }
    spelling->at++;
    return true;
}

static bool
read_unit(struct spelling *spelling, uint32_t *unit)
{
    char digits[5] = {0};
    char *behind = NULL;
    if (spelling->end - spelling->at < 4) {
        return false;
    }
    memcpy(digits, spelling->at, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") != 4) {
        return false;
    }
    *unit = (uint32_t)strtoul(digits, &behind, 16);
    spelling->at += 4;
    return true;
}

/* Behind \u. Half a pair has no character: it stays as it is. */
static bool
read_unicode(struct spelling *spelling, struct text *string)
{
    uint32_t high = 0;
    uint32_t low = 0;
    if (!read_unit(spelling, &high)) {
        return false;
    }
    bool pair = high >= 0xD800 && high <= 0xDBFF && spelling->end - spelling->at >= 6 &&
                spelling->at[0] == '\\' && spelling->at[1] == 'u';
    if (pair) {
        spelling->at += 2;
        if (!read_unit(spelling, &low)) {
            return false;
        }
        pair = low >= 0xDC00 && low <= 0xDFFF;
        spelling->at -= pair ? 0 : 6;
    }
    if (pair) {
        canonical_text_add_character(string,
                                     0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
        return true;
    }
    if (high >= 0xD800 && high <= 0xDFFF) {
        return false;
    }
    canonical_text_add_character(string, high);
    return true;
}

static bool
read_escape(struct spelling *spelling, struct text *string)
{
    static const char letters[] = "bftnr\"\\/";
    static const char meant[] = "\b\f\t\n\r\"\\/";
    if (spelling->at == spelling->end) {
        return false;
    }
    char c = (char)*spelling->at++;
    if (c == 'u') {
        return read_unicode(spelling, string);
    }
    const char *known = c == '\0' ? NULL : strchr(letters, c);
    if (known == NULL) {
        return false;
    }
    text_add_char(string, meant[known - letters]);
    return true;
}

/* The characters of a string, behind its opening quote. */
static bool
read_string(struct spelling *spelling, struct text *string)
{
    while (spelling->at < spelling->end && *spelling->at != '"') {
        uint8_t c = *spelling->at++;
        if (c < ' ' || (c == '\\' && !read_escape(spelling, string))) {
            return false;
        }
        if (c != '\\') {
            text_add_char(string, (char)c);
        }
    }
    if (spelling->at == spelling->end) {
        return false;
    }
    spelling->at++;
    return true;
}

static bool
spell_string(struct spelling *spelling)
{
    AUTO_TEXT string = {0};
    if (!read_string(spelling, &string)) {
        return false;
    }
    chain_json_quote(spelling->out, (const uint8_t *)text_string(&string), string.length);
    return true;
}

static size_t
count_digits(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *first = at;
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    return (size_t)(at - first);
}

/* Returns behind the number as RFC 8259 has it; NULL: it is none. */
static const uint8_t *
number_end(const uint8_t *at, const uint8_t *end)
{
    at += at < end && *at == '-' ? 1 : 0;
    size_t digits = count_digits(at, end);
    if (digits == 0 || (digits > 1 && *at == '0')) {
        return NULL;
    }
    at += digits;
    if (at < end && *at == '.') {
        digits = count_digits(++at, end);
        at = digits == 0 ? NULL : at + digits;
    }
    if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-') ? 1 : 0;
        digits = count_digits(at, end);
        at = digits == 0 ? NULL : at + digits;
    }
    return at;
}

static bool
spell_word(struct spelling *spelling)
{
    static const char *const words[] = {"null", "true", "false"};
    size_t left = (size_t)(spelling->end - spelling->at);
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(words[i]);
        if (left >= size && memcmp(spelling->at, words[i], size) == 0) {
            text_add(spelling->out, words[i]);
            spelling->at += size;
            return true;
        }
    }
    const uint8_t *end = number_end(spelling->at, spelling->end);
    if (end == NULL) {
        return false;
    }
    text_add_bytes(spelling->out, spelling->at, (size_t)(end - spelling->at));
    spelling->at = end;
    return true;
}

static bool
spell_array(struct spelling *spelling)
{
    text_add_char(spelling->out, '[');
    for (bool first = true; !take(spelling, ']'); first = false) {
        if (!first && !take(spelling, ',')) {
            return false;
        }
        text_add(spelling->out, first ? "" : ",");
        if (!spell_value(spelling)) {
            return false;
        }
    }
    text_add_char(spelling->out, ']');
    return true;
}

static int
compare_keys(const struct member *a, const struct member *b)
{
    int order = memcmp(a->key, b->key, a->key_size < b->key_size ? a->key_size : b->key_size);
    return order != 0 ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

/* Of equal keys the last comes last. */
static int
compare_members(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    int order = compare_keys(a, b);
    return order != 0 ? order : (a->start > b->start) - (a->start < b->start);
}

/* Rewrites the members, which stand in the output from `first` on. */
static void
sort_members(struct text *out, size_t first, struct member *members, size_t count)
{
    AUTO_TEXT sorted = {0};
    if (count == 0) {
        return;
    }
    qsort(members, count, sizeof *members, compare_members);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && compare_keys(&members[i], &members[i + 1]) == 0) {
            continue; /* a later one of the same key follows */
        }
        text_add(&sorted, sorted.length > 0 ? "," : "");
        text_add_bytes(&sorted, out->bytes + members[i].start,
                       members[i].end - members[i].start);
    }
    out->length = first;
    text_add_bytes(out, sorted.bytes, sorted.length);
}

static bool
spell_member(struct spelling *spelling, struct arena *arena, struct member *member)
{
    AUTO_TEXT key = {0};
    struct text *out = spelling->out;
    if (!take(spelling, '"') || !read_string(spelling, &key)) {
        return false;
    }
    member->key = arena_strndup(arena, text_string(&key), key.length);
    member->key_size = key.length;
    member->start = out->length;
    chain_json_quote(out, (const uint8_t *)member->key, member->key_size);
    text_add_char(out, ':');
    if (!take(spelling, ':') || !spell_value(spelling)) {
        return false;
    }
    member->end = out->length;
    return true;
}

static bool
spell_object(struct spelling *spelling)
{
    AUTO_ARENA arena = {0};
    struct member *members = NULL;
    size_t count = 0;
    text_add_char(spelling->out, '{');
    size_t first = spelling->out->length;
    while (!take(spelling, '}')) {
        if (count > 0 && !take(spelling, ',')) {
            return false;
        }
        if (!spell_member(spelling, &arena, ARENA_APPEND(&arena, members, count))) {
            return false;
        }
    }
    sort_members(spelling->out, first, members, count);
    text_add_char(spelling->out, '}');
    return true;
}

static bool
spell_value(struct spelling *spelling)
{
    if (++spelling->depth > CHAIN_JSON_DEPTH_MAX) {
        return false;
    }
    bool ok = take(spelling, '{')   ? spell_object(spelling)
              : take(spelling, '[') ? spell_array(spelling)
              : take(spelling, '"') ? spell_string(spelling)
                                    : spell_word(spelling);
    spelling->depth--;
    return ok;
}

bool
chain_json_add(struct text *out, const uint8_t *bytes, size_t size)
{
    struct spelling spelling = {.at = bytes, .end = bytes + size, .out = out};
    size_t length = out->length;
    text_reserve(out, size);
    bool ok = spell_value(&spelling);
    skip_blanks(&spelling);
    if (!ok || spelling.at != spelling.end) {
        out->length = length;
        out->bytes[length] = '\0';
        return false;
    }
    return true;
}
