/* yaml_text.c — see yaml_text.h. */
#include "plan/yaml_text.h"

#include "plan/names.h"

#include <ctype.h>

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

static void
add_escaped(struct text *yaml, const char *c, size_t size)
{
    if (size == 0) {
        text_printf(yaml, "\\x%02x", (unsigned)(unsigned char)*c);
    } else if (size > 1) {
        /* U+0080..U+009F and U+FEFF are not printable in YAML; harmless ones are not so low. */
        bool control = size == 2 && (unsigned char)c[0] == 0xc2 && (unsigned char)c[1] < 0xa0;
        bool mark = size == 3 && memcmp(c, "\xef\xbb\xbf", 3) == 0;
        bool non_character = size == 3 && (unsigned char)c[0] == 0xef &&
                             (unsigned char)c[1] == 0xbf && (unsigned char)c[2] >= 0xbe;
        if (control) {
            text_printf(yaml, "\\x%02x", (unsigned)(unsigned char)c[1]);
        } else if (mark || non_character) {
            text_printf(yaml, "\\u%s",
                        mark                          ? "feff"
                        : (unsigned char)c[2] == 0xbe ? "fffe"
                                                      : "ffff");
        } else {
            text_add_bytes(yaml, c, size);
        }
    } else if (*c == '"' || *c == '\\') {
        text_printf(yaml, "\\%c", *c);
    } else if (*c == '\n') {
        text_add(yaml, "\\n");
    } else if ((unsigned char)*c < 0x20 || *c == 0x7f) {
        text_printf(yaml, "\\x%02x", (unsigned)(unsigned char)*c);
    } else {
        text_add_char(yaml, *c);
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
        size_t size = names_character_bytes(string);
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
        size_t size = names_character_bytes(string);
        unsigned char c = (unsigned char)*string;
        if (size == 1 && (c == '\n' || c == '\t' || c == '\r' || c == ' ')) {
            text_add(yaml, blank ? "" : " ");
            blank = true;
        } else {
            blank = false;
            bool printable = size == 1 ? c >= 0x20 && c != 0x7f
                                       : size > 1 && c != 0xef && c != 0xc2;
            if (printable) {
                text_add_bytes(yaml, string, size);
            } else {
                text_add_char(yaml, '?');
            }
        }
        string += size == 0 ? 1 : size;
    }
}
