/* env_text.c — new values in the text of a .env file. */
#include "cutover/env_file.h"

#include <ctype.h>

/* One definition in the text. */
struct definition {
    const char *name;
    size_t name_length;
    const char *value; /* its quote included */
    const char *end;   /* behind the value, and its closing quote */
    char quote;        /* ', " or 0 */
};

static const char *
line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n') {
        at++;
    }
    return at;
}

static const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return at;
}

/* Quoted values may go over several lines. NULL: the quote is never closed. */
static const char *
closing_quote(const char *at, const char *end, char quote)
{
    for (; at < end && *at != quote; at++) {
        at += quote == '"' && *at == '\\' && at + 1 < end;
    }
    return at < end ? at : NULL;
}

static void
find_value(struct definition *found, const char *at, const char *end)
{
    const char *stop = line_end(at, end);
    found->value = at;
    found->quote = at < stop && (*at == '"' || *at == '\'') ? *at : '\0';
    const char *closed = found->quote == '\0' ? NULL : closing_quote(at + 1, end, found->quote);
    if (closed != NULL) {
        found->end = closed + 1;
        return;
    }
    found->quote = '\0';
    /* Unquoted: up to a comment behind a blank, without blanks at the end. */
    for (const char *c = at; c + 1 < stop; c++) {
        if ((*c == ' ' || *c == '\t') && c[1] == '#') {
            stop = c;
        }
    }
    while (stop > at && isspace((unsigned char)stop[-1])) {
        stop--;
    }
    found->end = stop;
}

/* Whether a line that starts here defines a name. */
static bool
find_definition(const char *line, const char *end, struct definition *found)
{
    const char *at = skip_blanks(line, end);
    if ((size_t)(end - at) > 7 && memcmp(at, "export", 6) == 0 &&
        (at[6] == ' ' || at[6] == '\t')) {
        at = skip_blanks(at + 6, end);
    }
    found->name = at;
    while (at < end && (isalnum((unsigned char)*at) || *at == '_' || *at == '.')) {
        at++;
    }
    found->name_length = (size_t)(at - found->name);
    at = skip_blanks(at, end);
    if (found->name_length == 0 || at == end || *at != '=') {
        return false;
    }
    find_value(found, skip_blanks(at + 1, end), end);
    return true;
}

static bool
needs_quotes(const char *value)
{
    return value[0] == '#' || value[strcspn(value, " \t'\"\\$`")] != '\0' ||
           strstr(value, " #") != NULL;
}

static void
add_value(struct text *out, const char *value, char quote)
{
    if (quote == '\0' && !needs_quotes(value)) {
        text_add(out, value);
        return;
    }
    bool single = strchr(value, '\'') == NULL;
    /* In double quotes a $ would be read as a variable by some. */
    bool plain = value[strcspn(value, "\"\\$`")] == '\0';
    char used = quote == '"' && plain ? '"' : single ? '\'' : '"';
    text_add_char(out, used);
    for (const char *c = value; *c != '\0'; c++) {
        if (used == '"' && strchr("\"\\$`", *c) != NULL) {
            text_add_char(out, '\\');
        }
        text_add_char(out, *c);
    }
    text_add_char(out, used);
}

static const struct env_setting *
setting_of(const struct env_settings *settings, const struct definition *found, bool *seen)
{
    for (size_t i = 0; i < settings->count; i++) {
        const char *name = settings->items[i].name;
        if (strlen(name) == found->name_length &&
            memcmp(name, found->name, found->name_length) == 0) {
            seen[i] = true;
            return &settings->items[i];
        }
    }
    return NULL;
}

static bool
values_are_lines(const struct env_settings *settings, struct error *err)
{
    for (size_t i = 0; i < settings->count; i++) {
        const char *value = settings->items[i].value;
        if (value[strcspn(value, "\r\n")] != '\0') {
            return error_set(err, ERROR_USAGE, "the value of %s has a line end in it",
                             settings->items[i].name);
        }
    }
    return true;
}

static void
add_missing(struct text *out, const struct env_settings *settings, const bool *seen)
{
    bool crlf = out->length >= 2 && memcmp(out->bytes + out->length - 2, "\r\n", 2) == 0;
    const char *newline = crlf ? "\r\n" : "\n";
    for (size_t i = 0; i < settings->count; i++) {
        if (seen[i]) {
            continue;
        }
        if (out->length > 0 && out->bytes[out->length - 1] != '\n') {
            text_add(out, newline);
        }
        text_printf(out, "%s=", settings->items[i].name);
        add_value(out, settings->items[i].value, '\0');
        text_add(out, newline);
    }
}

bool
env_text_rewrite(const char *old, size_t length, const struct env_settings *settings,
                 struct text *out, struct error *err)
{
    AUTO_ARENA memory = {0};
    bool *seen = arena_alloc(&memory, settings->count + 1);
    const char *end = old + length;
    if (!values_are_lines(settings, err)) {
        return false;
    }
    for (const char *at = old; at < end;) {
        struct definition found;
        const struct env_setting *setting = NULL;
        const char *next = line_end(at, end);
        if (find_definition(at, end, &found)) {
            setting = setting_of(settings, &found, seen);
            next = line_end(found.end, end);
        }
        if (setting != NULL) {
            text_add_bytes(out, at, (size_t)(found.value - at));
            add_value(out, setting->value, found.quote);
            at = found.end;
        }
        next += next < end;
        text_add_bytes(out, at, (size_t)(next - at));
        at = next;
    }
    add_missing(out, settings, seen);
    return true;
}
