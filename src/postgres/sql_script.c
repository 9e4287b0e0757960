/* sql_script.c — see sql_script.h: from tokens to statements, and what is refused. */
#include "postgres/sql_script_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A statement's kind shows in its first words. */
enum { WORDS_KEPT = 8 };

struct reader {
    struct arena *arena;
    struct sql_script *script;
    /* Of the statement at hand: */
    bool begun;
    size_t start;
    struct script_token words[WORDS_KEPT]; /* outside of parentheses */
    size_t word_count;
    size_t parentheses;
    size_t blocks; /* BEGIN ATOMIC and CASE that are open */
    bool concurrently;
    bool copy_data; /* FROM STDIN, TO STDOUT */
    struct script_token previous;
};

static bool
word_is(const struct reader *reader, size_t index, const char *keyword)
{
    return index < reader->word_count &&
           script_token_is(reader->script->text, &reader->words[index], keyword);
}

static bool
word_is_one_of(const struct reader *reader, size_t index, const char *const *keywords)
{
    for (; *keywords != NULL; keywords++) {
        if (word_is(reader, index, *keywords)) {
            return true;
        }
    }
    return false;
}

static bool PRINTF_LIKE(4, 5) refuse(const struct reader *reader, size_t offset,
                                     struct error *err, const char *format, ...)
{
    size_t line;
    size_t column;
    char words[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    sql_script_locate(reader->script, offset, &line, &column);
    return error_set(err, ERROR_USAGE, "line %zu: %s", line, words);
}

/* CREATE [OR REPLACE] FUNCTION or PROCEDURE: its body may be BEGIN ATOMIC ... END. */
static bool
makes_routine(const struct reader *reader)
{
    static const char *const routines[] = {"FUNCTION", "PROCEDURE", NULL};
    size_t at = word_is(reader, 1, "OR") && word_is(reader, 2, "REPLACE") ? 3 : 1;
    return word_is(reader, 0, "CREATE") && word_is_one_of(reader, at, routines);
}

static bool
controls_transaction(const struct reader *reader)
{
    static const char *const always[] = {"BEGIN", "COMMIT", "END", "ABORT", NULL};
    if (word_is(reader, 0, "ROLLBACK")) {
        for (size_t i = 1; i < reader->word_count; i++) {
            if (word_is(reader, i, "TO")) {
                return false; /* to a savepoint */
            }
        }
        return true;
    }
    return word_is_one_of(reader, 0, always) ||
           ((word_is(reader, 0, "START") || word_is(reader, 0, "PREPARE")) &&
            word_is(reader, 1, "TRANSACTION"));
}

static bool
needs_no_transaction(const struct reader *reader)
{
    static const char *const verbs[] = {"CREATE", "DROP", NULL};
    static const char *const things[] = {"DATABASE", "TABLESPACE", NULL};
    static const char *const concurrent[] = {"CREATE", "DROP", "REINDEX", "ALTER", NULL};
    return word_is(reader, 0, "VACUUM") ||
           (word_is(reader, 0, "ALTER") && word_is(reader, 1, "SYSTEM")) ||
           (word_is_one_of(reader, 0, verbs) && word_is_one_of(reader, 1, things)) ||
           (reader->concurrently && word_is_one_of(reader, 0, concurrent));
}

static bool
check_statement(const struct reader *reader, struct error *err)
{
    const char *first = reader->script->text + reader->start;
    int size = reader->word_count == 0 ? 0
                                       : (int)(reader->words[0].end - reader->words[0].start);
    if (controls_transaction(reader)) {
        refuse(reader, reader->start, err, "%.*s: each file runs in a transaction already",
               size, first);
        return error_hint(err, "leave BEGIN, COMMIT and ROLLBACK out of the file");
    }
    if (reader->copy_data && word_is(reader, 0, "COPY")) {
        refuse(reader, reader->start, err,
               "COPY with data behind it, which only psql can send");
        return error_hint(err, "use INSERT, or load the data with outgrow migrate");
    }
    if (needs_no_transaction(reader) && !reader->script->no_transaction) {
        refuse(reader, reader->start, err, "%.*s%s cannot run in a transaction", size, first,
               reader->concurrently ? " ... CONCURRENTLY" : "");
        return error_hint(err, "make \"-- outgrow: no-transaction\" the file's first line");
    }
    return true;
}

static bool
end_statement(struct reader *reader, size_t end, struct error *err)
{
    if (reader->begun) {
        if (!check_statement(reader, err)) {
            return false;
        }
        struct sql_script *script = reader->script;
        *ARENA_APPEND(reader->arena, script->statements,
                      script->statement_count) = (struct sql_statement){
            .start = reader->start,
            .end = end,
            .setting = word_is(reader, 0, "SET") || word_is(reader, 0, "RESET")};
    }
    *reader = (struct reader){.arena = reader->arena, .script = reader->script};
    return true;
}

static void
take_word(struct reader *reader, const struct script_token *word)
{
    const char *text = reader->script->text;
    if (reader->parentheses > 0) {
        return;
    }
    if (reader->word_count < WORDS_KEPT) {
        reader->words[reader->word_count++] = *word;
    }
    if (makes_routine(reader)) {
        bool opens = (script_token_is(text, word, "ATOMIC") &&
                      script_token_is(text, &reader->previous, "BEGIN")) ||
                     (reader->blocks > 0 && script_token_is(text, word, "CASE"));
        bool closes = reader->blocks > 0 && script_token_is(text, word, "END");
        reader->blocks += opens ? 1 : 0;
        reader->blocks -= closes ? 1 : 0;
    }
    reader->concurrently = reader->concurrently || script_token_is(text, word, "CONCURRENTLY");
    reader->copy_data = reader->copy_data ||
                        (script_token_is(text, word, "STDIN") &&
                         script_token_is(text, &reader->previous, "FROM")) ||
                        (script_token_is(text, word, "STDOUT") &&
                         script_token_is(text, &reader->previous, "TO"));
}

static bool
refuse_meta_command(const struct reader *reader, size_t offset, struct error *err)
{
    const char *command = reader->script->text + offset;
    int size = (int)strcspn(command, " \t\r\n;");
    refuse(reader, offset, err, "%.*s is a command of psql, not SQL", size < 20 ? size : 20,
           command);
    return error_hint(err, strncmp(command + 1, "restrict", 8) == 0 ||
                                   strncmp(command + 1, "unrestrict", 10) == 0
                               ? "pg_dump wrote it for psql; delete the lines \\restrict and "
                                 "\\unrestrict"
                               : "write it in SQL, or as a file of its own with a number");
}

static bool
take_token(struct reader *reader, const struct script_token *token, struct error *err)
{
    if (token->kind == SCRIPT_BACKSLASH) {
        return refuse_meta_command(reader, token->start, err);
    }
    if (token->kind == SCRIPT_UNENDED) {
        return refuse(reader, token->start, err,
                      "a quote or comment begins here and never ends");
    }
    if (token->kind == SCRIPT_SEMICOLON && reader->parentheses == 0 && reader->blocks == 0) {
        return end_statement(reader, token->end, err);
    }
    if (!reader->begun) {
        reader->begun = true;
        reader->start = token->start;
    }
    if (token->kind == SCRIPT_WORD) {
        take_word(reader, token);
    } else if (token->kind == SCRIPT_OPEN) {
        reader->parentheses++;
    } else if (token->kind == SCRIPT_CLOSE && reader->parentheses > 0) {
        reader->parentheses--;
    }
    reader->previous = *token;
    return true;
}

/* "-- outgrow: no-transaction", with any blanks. */
static bool
is_marked(const char *text)
{
    static const char *const parts[] = {"--", "outgrow:", "no-transaction"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        text += strspn(text, " \t");
        if (strncmp(text, parts[i], strlen(parts[i])) != 0) {
            return false;
        }
        text += strlen(parts[i]);
    }
    text += strspn(text, " \t\r");
    return *text == '\n' || *text == '\0';
}

bool
sql_script_read(struct arena *arena, const char *text, size_t length, struct sql_script *script,
                struct error *err)
{
    *script = (struct sql_script){
        .text = text, .length = length, .no_transaction = is_marked(text)};
    struct reader reader = {.arena = arena, .script = script};
    struct script_token token = {0};
    size_t last = 0; /* end of the last token: a statement may lack its semicolon */
    while ((token = script_token_next(text, length, token.end)).kind != SCRIPT_END) {
        if (!take_token(&reader, &token, err)) {
            return false;
        }
        last = token.end;
    }
    return end_statement(&reader, last, err);
}

void
sql_script_locate(const struct sql_script *script, size_t offset, size_t *line, size_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < script->length; i++) {
        if (script->text[i] == '\n') {
            *line += 1;
            *column = 1;
        } else if ((script->text[i] & 0xc0) != 0x80) {
            *column += 1;
        }
    }
}

size_t
sql_script_offset(const struct sql_script *script, size_t start, long position)
{
    size_t offset = start;
    while (position > 1 && offset < script->length) {
        offset++;
        while (offset < script->length && (script->text[offset] & 0xc0) == 0x80) {
            offset++;
        }
        position--;
    }
    return offset;
}
