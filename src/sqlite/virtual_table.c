/* virtual_table.c — see virtual_table.h. */
#include "sqlite/virtual_table.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Behind a quoted string or name; doubled quotes stand for one. */
static const char *
skip_quoted(const char *at)
{
    char close = *at == '[' ? ']' : *at;
    for (at++; *at != '\0'; at++) {
        if (*at == close) {
            if (close != ']' && at[1] == close) {
                at++;
            } else {
                return at + 1;
            }
        }
    }
    return at;
}

static bool
opens_quote(char c)
{
    return c == '\'' || c == '"' || c == '`' || c == '[';
}

static const char *
skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* The end of an argument: a comma or parenthesis of its own depth. */
static const char *
argument_end(const char *at)
{
    int depth = 0;
    while (*at != '\0' && (depth > 0 || (*at != ',' && *at != ')'))) {
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        at = opens_quote(*at) ? skip_quoted(at) : at + 1;
    }
    return at;
}

/* The word or quoted text at `at`, without its quotes. *end: behind it. */
static char *
read_word(struct arena *arena, const char *at, const char **end)
{
    if (!opens_quote(*at)) {
        size_t length = strcspn(at, " \t\r\n,()=");
        *end = at + length;
        return arena_strndup(arena, at, length);
    }
    *end = skip_quoted(at);
    size_t length = (size_t)(*end - at) < 2 ? 0 : (size_t)(*end - at) - 2;
    char *word = arena_strndup(arena, at + 1, length);
    char *out = word;
    for (const char *in = word; *in != '\0'; in++) {
        *out++ = *in;
        in += *at != '[' && in[0] == *at && in[1] == *at ? 1 : 0;
    }
    *out = '\0';
    return word;
}

static bool
holds_word(const char *text, const char *end, const char *word)
{
    size_t length = strlen(word);
    for (; text + length <= end; text++) {
        if (strncasecmp(text, word, length) == 0) {
            return true;
        }
    }
    return false;
}

static void
read_argument(struct arena *arena, const char *at, const char *end, struct fts_table *table)
{
    const char *behind;
    const char *word = read_word(arena, at, &behind);
    const char *next = skip_blanks(behind);
    if (next < end && *next == '=') {
        const char *value = read_word(arena, skip_blanks(next + 1), &behind);
        if (strcasecmp(word, "content") == 0) {
            table->content = value;
        } else if (strcasecmp(word, "tokenize") == 0) {
            table->stems = holds_word(next, end, "porter");
        }
        return;
    }
    if (word[0] != '\0' && !holds_word(behind, end, "unindexed")) {
        *ARENA_APPEND(arena, table->columns, table->column_count) = word;
    }
}

bool
fts_table_read(struct arena *arena, const char *sql, struct fts_table *table)
{
    *table = (struct fts_table){0};
    const char *at = sql;
    while (*at != '\0' && strncasecmp(at, "using", 5) != 0) {
        at = opens_quote(*at) ? skip_quoted(at) : at + 1;
    }
    if (*at == '\0') {
        return false;
    }
    const char *behind;
    const char *module = read_word(arena, skip_blanks(at + 5), &behind);
    at = skip_blanks(behind);
    bool fts = strcasecmp(module, "fts5") == 0 || strcasecmp(module, "fts4") == 0 ||
               strcasecmp(module, "fts3") == 0;
    if (!fts || *at != '(') {
        return false;
    }
    while (*at == '(' || *at == ',') {
        at = skip_blanks(at + 1);
        const char *end = argument_end(at);
        read_argument(arena, at, end, table);
        at = end;
    }
    return table->column_count > 0;
}
