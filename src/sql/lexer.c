/* lexer.c — see lexer.h. Follows SQLite's tokenizer (tokenize.c), also
 * in its oddities: a comment may stay open, $ may stand inside a name, and
 * every byte above 0x7f is a letter. */
#include "sql/lexer.h"

#include "sql/grammar.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct keyword {
    const char *word;
    int code;
};

/* Sorted. TK_RESERVED: a word that may not be a name, but has no place in what
 * we parse. */
static const struct keyword keywords[] = {
    {"ABORT", TK_ABORT},
    {"ACTION", TK_ACTION},
    {"ADD", TK_RESERVED},
    {"ALL", TK_ALL},
    {"ALTER", TK_RESERVED},
    {"ALWAYS", TK_ALWAYS},
    {"AND", TK_AND},
    {"AS", TK_AS},
    {"ASC", TK_ASC},
    {"AUTOINCREMENT", TK_AUTOINCREMENT},
    {"BETWEEN", TK_BETWEEN},
    {"BY", TK_BY},
    {"CASCADE", TK_CASCADE},
    {"CASE", TK_CASE},
    {"CAST", TK_CAST},
    {"CHECK", TK_CHECK},
    {"COLLATE", TK_COLLATE},
    {"COMMIT", TK_RESERVED},
    {"CONFLICT", TK_CONFLICT},
    {"CONSTRAINT", TK_CONSTRAINT},
    {"CREATE", TK_CREATE},
    {"CROSS", TK_JOIN_WORD},
    {"CURRENT_DATE", TK_CURRENT_WORD},
    {"CURRENT_TIME", TK_CURRENT_WORD},
    {"CURRENT_TIMESTAMP", TK_CURRENT_WORD},
    {"DEFAULT", TK_DEFAULT},
    {"DEFERRABLE", TK_DEFERRABLE},
    {"DEFERRED", TK_DEFERRED},
    {"DELETE", TK_DELETE},
    {"DESC", TK_DESC},
    {"DISTINCT", TK_DISTINCT},
    {"DROP", TK_RESERVED},
    {"ELSE", TK_ELSE},
    {"END", TK_END},
    {"ESCAPE", TK_ESCAPE},
    {"EXCEPT", TK_RESERVED},
    {"EXISTS", TK_EXISTS},
    {"FAIL", TK_FAIL},
    {"FILTER", TK_FILTER},
    {"FIRST", TK_FIRST},
    {"FOREIGN", TK_FOREIGN},
    {"FROM", TK_FROM},
    {"FULL", TK_JOIN_WORD},
    {"GENERATED", TK_GENERATED},
    {"GLOB", TK_LIKE_WORD},
    {"GROUP", TK_RESERVED},
    {"HAVING", TK_RESERVED},
    {"IF", TK_IF},
    {"IGNORE", TK_IGNORE},
    {"IMMEDIATE", TK_IMMEDIATE},
    {"IN", TK_IN},
    {"INDEX", TK_INDEX},
    {"INDEXED", TK_INDEXED},
    {"INITIALLY", TK_INITIALLY},
    {"INNER", TK_JOIN_WORD},
    {"INSERT", TK_INSERT},
    {"INTERSECT", TK_RESERVED},
    {"INTO", TK_RESERVED},
    {"IS", TK_IS},
    {"ISNULL", TK_ISNULL},
    {"JOIN", TK_RESERVED},
    {"KEY", TK_KEY},
    {"LAST", TK_LAST},
    {"LEFT", TK_JOIN_WORD},
    {"LIKE", TK_LIKE_WORD},
    {"LIMIT", TK_RESERVED},
    {"MATCH", TK_MATCH},
    {"NATURAL", TK_JOIN_WORD},
    {"NO", TK_NO},
    {"NOT", TK_NOT},
    {"NOTHING", TK_RESERVED},
    {"NOTNULL", TK_NOTNULL},
    {"NULL", TK_NULL},
    {"NULLS", TK_NULLS},
    {"ON", TK_ON},
    {"OR", TK_OR},
    {"ORDER", TK_ORDER},
    {"OUTER", TK_JOIN_WORD},
    {"OVER", TK_OVER},
    {"PRIMARY", TK_PRIMARY},
    {"RAISE", TK_RAISE},
    {"RECURSIVE", TK_RECURSIVE},
    {"REFERENCES", TK_REFERENCES},
    {"REGEXP", TK_LIKE_WORD},
    {"REPLACE", TK_REPLACE},
    {"RESTRICT", TK_RESTRICT},
    {"RETURNING", TK_RESERVED},
    {"RIGHT", TK_JOIN_WORD},
    {"ROLLBACK", TK_ROLLBACK},
    {"SELECT", TK_SELECT},
    {"SET", TK_SET},
    {"TABLE", TK_TABLE},
    {"TEMP", TK_TEMP},
    {"TEMPORARY", TK_TEMP},
    {"THEN", TK_THEN},
    {"TO", TK_RESERVED},
    {"TRANSACTION", TK_RESERVED},
    {"UNION", TK_RESERVED},
    {"UNIQUE", TK_UNIQUE},
    {"UPDATE", TK_UPDATE},
    {"USING", TK_RESERVED},
    {"VALUES", TK_VALUES},
    {"WHEN", TK_WHEN},
    {"WHERE", TK_WHERE},
    {"WITH", TK_WITH},
    {"WITHOUT", TK_WITHOUT},
};

struct operator
{
    const char *text;
    int code;
};

/* Longer ones before those they begin with. */
static const struct operator operators[] = {
    {"->>", TK_ARROW}, {"->", TK_ARROW}, {"||", TK_CONCAT},      {"<<", TK_SHIFT_LEFT},
    {"<=", TK_LE},     {"<>", TK_NE},    {">>", TK_SHIFT_RIGHT}, {">=", TK_GE},
    {"==", TK_EQ},     {"!=", TK_NE},    {"-", TK_MINUS},        {"|", TK_BIT_OR},
    {"<", TK_LT},      {">", TK_GT},     {"=", TK_EQ},           {"(", TK_LP},
    {")", TK_RP},      {";", TK_SEMI},   {"+", TK_PLUS},         {"*", TK_STAR},
    {"/", TK_SLASH},   {"%", TK_REM},    {",", TK_COMMA},        {"&", TK_BIT_AND},
    {"~", TK_BIT_NOT}, {".", TK_DOT},
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool
is_name_byte(char c)
{
    return is_name_start(c) || is_digit(c) || c == '$';
}

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *
skip_name(const char *at)
{
    while (is_name_byte(*at)) {
        at++;
    }
    return at;
}

/* Where the comment that begins at `at` ends; `at` itself when none does. */
static const char *
skip_comment(const char *at)
{
    if (at[0] == '-' && at[1] == '-') {
        return at + strcspn(at, "\n");
    }
    if (at[0] == '/' && at[1] == '*') {
        const char *close = strstr(at + 2, "*/");
        return close != NULL ? close + 2 : at + strlen(at);
    }
    return at;
}

static const char *
skip_blank(const char *at)
{
    for (;;) {
        const char *start = at;
        while (is_space(*at)) {
            at++;
        }
        if (strncmp(at, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark counts as a space */
            at += 3;
        }
        at = skip_comment(at);
        if (at == start) {
            return at;
        }
    }
}

static struct sql_token
token_to(int code, const char *start, const char *end)
{
    return (struct sql_token){.code = code, .text = start, .length = (size_t)(end - start)};
}

/* '...', "..." or `...`, in which the quote is doubled, or [...]. */
static struct sql_token
read_quoted(const char *start, int code)
{
    char close = *start == '[' ? ']' : *start;
    const char *at = start + 1;
    for (;;) {
        at = strchr(at, close);
        if (at == NULL) {
            return token_to(TK_ILLEGAL, start, start + strlen(start));
        }
        at++;
        if (close == ']' || *at != close) {
            return token_to(code, start, at);
        }
        at++;
    }
}

/* x'0aFF': an even number of hex digits. */
static struct sql_token
read_blob(const char *start)
{
    const char *at = start + 2;
    while (is_hex_digit(*at)) {
        at++;
    }
    bool whole = *at == '\'' && (at - start) % 2 == 0;
    return whole ? token_to(TK_BLOB, start, at + 1) : token_to(TK_ILLEGAL, start, at);
}

/* Digits, with single underscores between them (SQLite 3.46). */
static const char *
skip_digits(const char *at, bool (*is_one)(char))
{
    while (is_one(*at) || (*at == '_' && is_one(at[-1]) && is_one(at[1]))) {
        at++;
    }
    return at;
}

static struct sql_token
read_number(const char *start)
{
    const char *at = start;
    int code = TK_INTEGER;
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && is_hex_digit(at[2])) {
        at = skip_digits(at + 3, is_hex_digit);
    } else {
        at = skip_digits(at, is_digit);
        if (*at == '.') {
            code = TK_FLOAT;
            at = is_digit(at[1]) ? skip_digits(at + 2, is_digit) : at + 1;
        }
        size_t sign = at[0] != '\0' && (at[1] == '+' || at[1] == '-');
        if ((*at == 'e' || *at == 'E') && is_digit(at[1 + sign])) {
            code = TK_FLOAT;
            at = skip_digits(at + 2 + sign, is_digit);
        }
    }
    if (is_name_byte(*at)) { /* 12abc */
        return token_to(TK_ILLEGAL, start, skip_name(at));
    }
    return token_to(code, start, at);
}

/* ?, ?12, :name, @name, #name, $name. */
static struct sql_token
read_parameter(const char *start)
{
    const char *at = start + 1;
    if (*start == '?') {
        while (is_digit(*at)) {
            at++;
        }
        return token_to(TK_PARAMETER, start, at);
    }
    at = skip_name(at);
    return token_to(at > start + 1 ? TK_PARAMETER : TK_ILLEGAL, start, at);
}

/* Not strncasecmp: what a letter is must not depend on the locale. */
static int
compare_word(const void *key, const void *entry)
{
    const struct sql_token *token = key;
    const char *word = ((const struct keyword *)entry)->word;
    for (size_t i = 0; i < token->length; i++) {
        char c = token->text[i];
        char upper = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        if (upper != word[i]) {
            return (unsigned char)upper < (unsigned char)word[i] ? -1 : 1;
        }
    }
    return word[token->length] == '\0' ? 0 : -1;
}

static struct sql_token
read_word(const char *start)
{
    enum { LONGEST_KEYWORD = sizeof "CURRENT_TIMESTAMP" - 1 };
    struct sql_token token = token_to(TK_ID, start, skip_name(start));
    if (token.length <= LONGEST_KEYWORD) {
        const struct keyword *found = bsearch(&token, keywords,
                                              sizeof keywords / sizeof *keywords,
                                              sizeof *keywords, compare_word);
        token.code = found != NULL ? found->code : TK_ID;
    }
    return token;
}

static struct sql_token
read_operator(const char *start)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i].text);
        if (strncmp(start, operators[i].text, length) == 0) {
            return token_to(operators[i].code, start, start + length);
        }
    }
    return token_to(TK_ILLEGAL, start, start + 1);
}

static struct sql_token
read_token(const char *at)
{
    if (*at == '\0') {
        return token_to(0, at, at);
    }
    if (*at == '\'') {
        return read_quoted(at, TK_STRING);
    }
    if (*at == '"' || *at == '`' || *at == '[') {
        return read_quoted(at, TK_ID);
    }
    if ((*at == 'x' || *at == 'X') && at[1] == '\'') {
        return read_blob(at);
    }
    if (is_name_start(*at)) {
        return read_word(at);
    }
    if (is_digit(*at) || (*at == '.' && is_digit(at[1]))) {
        return read_number(at);
    }
    if (strchr("?:@#$", *at) != NULL) {
        return read_parameter(at);
    }
    return read_operator(at);
}

struct sql_token
sql_lexer_next(struct sql_lexer *lexer)
{
    struct sql_token token = read_token(skip_blank(lexer->at));
    lexer->at = token.text + token.length;
    return token;
}

struct sql_token
sql_lexer_peek(const struct sql_lexer *lexer)
{
    struct sql_lexer copy = *lexer;
    return sql_lexer_next(&copy);
}
