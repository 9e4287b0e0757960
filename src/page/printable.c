/* printable.c — see printable.h. */
#include "page/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One character, or one byte that is part of none. */
struct glyph {
    size_t size; /* bytes it takes in the string */
    uint32_t code;
    bool valid; /* code is a Unicode scalar value */
};

static struct glyph
glyph_read(const unsigned char *bytes)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = bytes[0];
    struct glyph stray = {1, first, false};
    size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size == 0 || first > 0xf4) {
        return stray;
    }
    uint32_t code = size == 1 ? first : first & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80) { /* also the terminating NUL */
            return stray;
        }
        code = code << 6 | (bytes[i] & 0x3f);
    }
    bool valid = code >= smallest[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return valid ? (struct glyph){size, code, true} : stray;
}

static bool
glyph_is_safe(const struct glyph *glyph)
{
    uint32_t code = glyph->code;
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    bool turns_direction = code == 0x200e || code == 0x200f ||
                           (code >= 0x202a && code <= 0x202e) ||
                           (code >= 0x2066 && code <= 0x2069);
    bool breaks_line = code == 0x2028 || code == 0x2029;
    return glyph->valid && !control && !turns_direction && !breaks_line;
}

struct code_range {
    uint32_t first, last;
};

static bool
is_within(uint32_t code, const struct code_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* Good enough without a locale: the combining marks of the common scripts take none, East
 * Asian wide characters and emoji two (Unicode 14, EastAsianWidth.txt: W and F). */
static size_t
code_columns(uint32_t code)
{
    static const struct code_range none[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f},
        {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
    };
    static const struct code_range wide[] = {
        {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
        {0x23f0, 0x23f0},   {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},
        {0x2648, 0x2653},   {0x267f, 0x267f},   {0x2693, 0x2693},   {0x26a1, 0x26a1},
        {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x26ce, 0x26ce},
        {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
        {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},
        {0x2728, 0x2728},   {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},
        {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27b0},   {0x27bf, 0x27bf},
        {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0x303e},
        {0x3041, 0x3247},   {0x3250, 0x4dbf},   {0x4e00, 0xa4c6},   {0xa960, 0xa97c},
        {0xac00, 0xd7a3},   {0xf900, 0xfad9},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6b},
        {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x1b2fb}, {0x1f004, 0x1f004},
        {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f320},
        {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca},
        {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e},
        {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f54e},
        {0x1f550, 0x1f567}, {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4},
        {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6d2},
        {0x1f6d5, 0x1f6df}, {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7f0},
        {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945}, {0x1f947, 0x1f9ff}, {0x1fa70, 0x1faf6},
        {0x20000, 0x3fffd}};
    if (code < none[0].first) {
        return 1;
    }
    if (is_within(code, none, sizeof none / sizeof none[0])) {
        return 0;
    }
    return is_within(code, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

/* Writes the escape of what is not safe; returns its length. */
static size_t
glyph_escape(const struct glyph *glyph, char escape[16])
{
    if (glyph->code == '\n') {
        return (size_t)snprintf(escape, 16, "\\n");
    }
    return (size_t)(glyph->valid && glyph->code >= 0x80
                        ? snprintf(escape, 16, "\\u{%x}", glyph->code)
                        : snprintf(escape, 16, "\\x%02x", glyph->code));
}

static size_t
glyph_columns(const struct glyph *glyph)
{
    char escape[16];
    return glyph_is_safe(glyph) ? code_columns(glyph->code) : glyph_escape(glyph, escape);
}

static void
glyph_add(struct text *out, const char *bytes, const struct glyph *glyph)
{
    char escape[16];
    if (glyph_is_safe(glyph)) {
        text_add_bytes(out, bytes, glyph->size);
    } else {
        text_add_bytes(out, escape, glyph_escape(glyph, escape));
    }
}

void
printable_add(struct text *out, const char *string)
{
    while (*string != '\0') {
        struct glyph glyph = glyph_read((const unsigned char *)string);
        glyph_add(out, string, &glyph);
        string += glyph.size;
    }
}

size_t
printable_columns(const char *string)
{
    size_t columns = 0;
    while (*string != '\0') {
        struct glyph glyph = glyph_read((const unsigned char *)string);
        columns += glyph_columns(&glyph);
        string += glyph.size;
    }
    return columns;
}

void
printable_add_cut(struct text *out, const char *string, size_t columns)
{
    if (printable_columns(string) <= columns) {
        printable_add(out, string);
        return;
    }
    size_t used = 0;
    while (*string != '\0') {
        struct glyph glyph = glyph_read((const unsigned char *)string);
        used += glyph_columns(&glyph);
        if (used + 2 > columns) {
            break;
        }
        glyph_add(out, string, &glyph);
        string += glyph.size;
    }
    text_add(out, "..");
}

const char *
printable_utf8(struct arena *arena, const char *string)
{
    bool valid = true;
    for (const char *cursor = string; valid && *cursor != '\0';) {
        struct glyph glyph = glyph_read((const unsigned char *)cursor);
        valid = glyph.valid;
        cursor += glyph.size;
    }
    if (valid) {
        return string;
    }
    AUTO_TEXT text = {0};
    printable_add(&text, string);
    return arena_strdup(arena, text_string(&text));
}
