/* schema_object.c — the name of what a plan step's statement creates. */
#include "verify/schema.h"

#include <ctype.h>

/* One word or quoted identifier; anything else is a token of one byte. */
struct token {
    struct text *text; /* unquoted */
    bool quoted;
};

static const char *
read_quoted(const char *at, char quote, struct text *text)
{
    for (at++; *at != '\0'; at++) {
        if (*at == quote) {
            if (at[1] != quote) {
                return at + 1;
            }
            at++;
        }
        text_add_char(text, *at);
    }
    return at;
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Returns behind the token; at the end it is empty. */
static const char *
next_token(const char *at, struct token *token)
{
    text_reset(token->text);
    while (isspace((unsigned char)*at)) {
        at++;
    }
    token->quoted = *at == '"' || *at == '\'';
    if (token->quoted) {
        return read_quoted(at, *at, token->text);
    }
    if (*at == '\0') {
        return at;
    }
    do {
        text_add_char(token->text, *at);
        at++;
    } while (is_word(at[-1]) && is_word(*at));
    return at;
}

static bool
is_keyword(const struct token *token, const char *word)
{
    return !token->quoted && strcasecmp(text_string(token->text), word) == 0;
}

/* Behind ADD: CONSTRAINT name, or PRIMARY KEY without a name. */
static enum object_kind
object_added(const char *at, struct token *token)
{
    at = next_token(at, token);
    if (is_keyword(token, "CONSTRAINT")) {
        next_token(at, token);
        return OBJECT_CONSTRAINT;
    }
    bool primary = is_keyword(token, "PRIMARY");
    text_reset(token->text);
    return primary ? OBJECT_PRIMARY_KEY : OBJECT_NONE;
}

/* Behind INDEX: [CONCURRENTLY] [IF NOT EXISTS] name. */
static void
read_index_name(const char *at, struct token *token)
{
    do {
        at = next_token(at, token);
    } while (is_keyword(token, "CONCURRENTLY") || is_keyword(token, "IF") ||
             is_keyword(token, "NOT") || is_keyword(token, "EXISTS"));
}

enum object_kind
schema_object_of(const char *sql, struct text *name)
{
    struct token token = {name, false};
    const char *at = next_token(sql, &token);
    bool create = is_keyword(&token, "CREATE");
    if (!create && !is_keyword(&token, "ALTER")) {
        text_reset(name);
        return OBJECT_NONE;
    }
    while (true) {
        at = next_token(at, &token);
        if (create && is_keyword(&token, "INDEX")) {
            read_index_name(at, &token);
            return OBJECT_INDEX;
        }
        if (!create && is_keyword(&token, "ADD")) {
            return object_added(at, &token);
        }
        if (name->length == 0) {
            return OBJECT_NONE;
        }
    }
}
