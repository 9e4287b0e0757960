/* sql_script_lexer.c — see sql_script_internal.h. The rules are those of the server's scan.l
 * with standard_conforming_strings on. */
#include "postgres/sql_script_internal.h"

#include <string.h>

struct lexer {
    const char *text;
    size_t length;
    size_t at;
};

static char
peek(const struct lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->length ? lexer->text[lexer->at + ahead] : '\0';
}

static bool
starts_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

static bool
continues_word(char c)
{
    return starts_word(c) || (c >= '0' && c <= '9') || c == '$';
}

static void
skip_line(struct lexer *lexer)
{
    const char *end = memchr(lexer->text + lexer->at, '\n', lexer->length - lexer->at);
    lexer->at = end == NULL ? lexer->length : (size_t)(end - lexer->text);
}

/* Comments nest. False: it does not end. */
static bool
skip_comment(struct lexer *lexer)
{
    size_t depth = 0;
    while (lexer->at < lexer->length) {
        if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
            depth++;
            lexer->at += 2;
        } else if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
            lexer->at += 2;
            if (--depth == 0) {
                return true;
            }
        } else {
            lexer->at++;
        }
    }
    return false;
}

/* Blanks and comments. False: a comment does not end. */
static bool
skip_nothing(struct lexer *lexer)
{
    while (lexer->at < lexer->length) {
        char c = peek(lexer, 0);
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            lexer->at++;
        } else if (c == '-' && peek(lexer, 1) == '-') {
            skip_line(lexer);
        } else if (c == '/' && peek(lexer, 1) == '*') {
            size_t start = lexer->at;
            if (!skip_comment(lexer)) {
                lexer->at = start;
                return false;
            }
        } else {
            break;
        }
    }
    return true;
}

/* At the opening quote. A doubled quote is one quote; `escapes`: \' is one, too. */
static bool
skip_quoted(struct lexer *lexer, bool escapes)
{
    char quote = peek(lexer, 0);
    for (lexer->at++; lexer->at < lexer->length; lexer->at++) {
        if (escapes && peek(lexer, 0) == '\\') {
            lexer->at++;
        } else if (peek(lexer, 0) == quote) {
            lexer->at++;
            if (peek(lexer, 0) != quote) {
                return true;
            }
        }
    }
    lexer->at = lexer->length;
    return false;
}

/* At a '$'. The length of "$tag$"; 0: no dollar quote starts here. */
static size_t
dollar_tag_length(const struct lexer *lexer)
{
    size_t end = 1;
    if (starts_word(peek(lexer, end))) {
        while (continues_word(peek(lexer, end)) && peek(lexer, end) != '$') {
            end++;
        }
    }
    return peek(lexer, end) == '$' ? end + 1 : 0;
}

static bool
skip_dollar_quoted(struct lexer *lexer, size_t tag_length)
{
    const char *tag = lexer->text + lexer->at;
    lexer->at += tag_length;
    const char *end = memmem(lexer->text + lexer->at, lexer->length - lexer->at, tag,
                             tag_length);
    if (end == NULL) {
        lexer->at = lexer->length;
        return false;
    }
    lexer->at = (size_t)(end - lexer->text) + tag_length;
    return true;
}

/* A word, or the string that it introduces: E'..', B'..', X'..', N'..', U&'..', U&"..". */
static enum script_token_kind
lex_word(struct lexer *lexer)
{
    char first = peek(lexer, 0);
    if (peek(lexer, 1) == '\'' && strchr("eEbBxXnN", first) != NULL) {
        lexer->at++;
        return skip_quoted(lexer, first == 'e' || first == 'E') ? SCRIPT_OTHER : SCRIPT_UNENDED;
    }
    while (continues_word(peek(lexer, 0))) {
        lexer->at++;
    }
    return SCRIPT_WORD;
}

/* Digits take the letters behind them along, so that "1end" is no END. */
static void
lex_number(struct lexer *lexer)
{
    while (continues_word(peek(lexer, 0)) && peek(lexer, 0) != '$') {
        lexer->at++;
    }
}

static enum script_token_kind
lex_dollar(struct lexer *lexer)
{
    size_t tag_length = dollar_tag_length(lexer);
    if (tag_length == 0) {
        lexer->at++;
        return SCRIPT_OTHER;
    }
    return skip_dollar_quoted(lexer, tag_length) ? SCRIPT_OTHER : SCRIPT_UNENDED;
}

static enum script_token_kind
lex_one(struct lexer *lexer)
{
    char c = peek(lexer, 0);
    if (starts_word(c)) {
        return lex_word(lexer);
    }
    if (c >= '0' && c <= '9') {
        lex_number(lexer);
        return SCRIPT_OTHER;
    }
    if (c == '\'' || c == '"') {
        return skip_quoted(lexer, false) ? SCRIPT_OTHER : SCRIPT_UNENDED;
    }
    if (c == '$') {
        return lex_dollar(lexer);
    }
    lexer->at++;
    switch (c) {
    case ';': return SCRIPT_SEMICOLON;
    case '(': return SCRIPT_OPEN;
    case ')': return SCRIPT_CLOSE;
    case '\\': return SCRIPT_BACKSLASH;
    default: return SCRIPT_OTHER;
    }
}

struct script_token
script_token_next(const char *text, size_t length, size_t offset)
{
    struct lexer lexer = {.text = text, .length = length, .at = offset};
    bool ended = skip_nothing(&lexer);
    struct script_token token = {.start = lexer.at};
    if (!ended) {
        token.kind = SCRIPT_UNENDED;
        token.end = length;
        return token;
    }
    token.kind = lexer.at == length ? SCRIPT_END : lex_one(&lexer);
    token.end = lexer.at;
    return token;
}

bool
script_token_is(const char *text, const struct script_token *token, const char *keyword)
{
    size_t size = token->end - token->start;
    if (token->kind != SCRIPT_WORD || strlen(keyword) != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        char c = text[token->start + i];
        if ((c >= 'a' && c <= 'z' ? (char)(c - 32) : c) != keyword[i]) {
            return false;
        }
    }
    return true;
}
