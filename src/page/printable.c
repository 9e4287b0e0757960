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

/* Good enough without a locale: combining marks take none, East Asian wide
 * characters and emoji two (Unicode 15, EastAsianWidth.txt, blocks). */
static size_t
code_columns(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        size_t columns;
    } ranges[] = {
        {0x0300, 0x036f, 0},   {0x200b, 0x200d, 0},   {0x20d0, 0x20ff, 0},
        {0xfe00, 0xfe0f, 0},   {0x1100, 0x115f, 2},   {0x2e80, 0x303e, 2},
        {0x3041, 0xa4cf, 2},   {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},
        {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},
        {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return ranges[i].columns;
        }
    }
    return 1;
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
