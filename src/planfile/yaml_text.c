/* yaml_text.c — see yaml_text.h. */
#include "planfile/yaml_text.h"

#include "value/utf8.h"

#include <ctype.h>

#include <sqlite3.h>

/* Words that YAML 1.1 readers take for something else than a string. */
static bool
is_reserved(const char *string)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no",
                                        "on",   "off",  "y",     "n",   "~"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (sqlite3_stricmp(words[i], string) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_plain(const char *string)
{
    if (!isalpha((unsigned char)string[0]) && string[0] != '_' && string[0] != '/') {
        return false;
    }
    for (const char *c = string; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("_./()-", *c) == NULL) {
            return false;
        }
    }
    return !is_reserved(string);
}

/* Bytes of the UTF-8 character at `c`; 0 when there is none. */
static size_t
character_bytes(const char *c)
{
    unsigned char lead = (unsigned char)*c;
    size_t wanted = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    size_t characters;
    size_t valid = utf8_valid_prefix((const uint8_t *)c, strnlen(c, wanted), &characters);
    return valid == wanted ? wanted : 0;
}

/* YAML's "printable": no control characters of C0 and C1 but the tab, no byte order
 * mark, no U+FFFE and U+FFFF. */
static bool
is_printable(const char *c, size_t size)
{
    unsigned char lead = (unsigned char)c[0];
    unsigned char last = (unsigned char)c[size == 0 ? 0 : size - 1];
    switch (size) {
    case 0: return false;
    case 1: return lead >= 0x20 && lead != 0x7f;
    case 2: return lead != 0xc2 || last >= 0xa0;
    case 3:
        return memcmp(c, "\xef\xbb\xbf", 3) != 0 &&
               !(memcmp(c, "\xef\xbf", 2) == 0 && last >= 0xbe) &&
               !(memcmp(c, "\xe2\x80", 2) == 0 && (last == 0xa8 || last == 0xa9));
    default: return true;
    }
}

static void
add_escaped(struct text *yaml, const char *c, size_t size)
{
    if (*c == '"' || *c == '\\') {
        text_printf(yaml, "\\%c", *c);
    } else if (is_printable(c, size)) {
        text_add_bytes(yaml, c, size);
    } else if (size == 3) {
        unsigned char b[] = {(unsigned char)c[0], (unsigned char)c[1], (unsigned char)c[2]};
        text_printf(yaml, "\\u%04x",
                    ((b[0] & 0x0fu) << 12) | ((b[1] & 0x3fu) << 6) | (b[2] & 0x3fu));
    } else {
        text_printf(yaml, "\\x%02x", (unsigned)(unsigned char)c[size == 2 ? 1 : 0]);
    }
}

void
yaml_add_scalar(struct text *yaml, const char *string)
{
    if (is_plain(string)) {
        text_add(yaml, string);
        return;
    }
    text_add_char(yaml, '"');
    while (*string != '\0') {
        size_t size = character_bytes(string);
        add_escaped(yaml, string, size);
        string += size == 0 ? 1 : size;
    }
    text_add_char(yaml, '"');
}

void
yaml_add_comment(struct text *yaml, const char *string)
{
    bool blank = false;
    while (*string != '\0') {
        size_t size = character_bytes(string);
        bool was_blank = blank;
        blank = strchr(" \n\t\r", *string) != NULL;
        if (blank) {
            text_add(yaml, was_blank ? "" : " ");
        } else if (is_printable(string, size)) {
            text_add_bytes(yaml, string, size);
        } else {
            text_add_char(yaml, '?');
        }
        string += size == 0 ? 1 : size;
    }
}
