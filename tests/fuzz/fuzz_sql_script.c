/* fuzz_sql_script.c — any text as a file of SQL statements.
 *
 * Statements must lie in the text, in order, without overlap, and begin with something that
 * is neither blank nor a semicolon; reading one of them alone must find it whole again. */
#include "fuzz.h"
#include "postgres/sql_script.h"

#include <stdlib.h>
#include <string.h>

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
require_one_statement(struct arena *arena, const struct sql_script *script, size_t index)
{
    const struct sql_statement *statement = &script->statements[index];
    size_t size = statement->end - statement->start;
    const char *text = arena_strndup(arena, script->text + statement->start, size);
    struct sql_script alone;
    struct error err = {0};
    if (sql_script_read(arena, text, size, &alone, &err)) { /* the mark stayed behind */
        require(alone.statement_count == 1 && alone.statements[0].start == 0 &&
                alone.statements[0].end == size);
    } else {
        require(script->no_transaction);
    }
}

static void
require_order(const struct sql_script *script)
{
    size_t end = 0;
    for (size_t i = 0; i < script->statement_count; i++) {
        const struct sql_statement *statement = &script->statements[i];
        size_t line;
        size_t column;
        require(statement->start >= end && statement->end > statement->start &&
                statement->end <= script->length);
        require(strchr(" \t\n;", script->text[statement->start]) == NULL);
        sql_script_locate(script, statement->start, &line, &column);
        require(line >= 1 && column >= 1);
        require(sql_script_offset(script, statement->start, (long)script->length) <=
                script->length);
        end = statement->end;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA arena = {0};
    struct sql_script script;
    struct error err = {0};
    char *text = arena_strndup(&arena, (const char *)data, size);
    size_t length = strlen(text); /* a file with NULs is refused before */
    if (!sql_script_read(&arena, text, length, &script, &err)) {
        require(strncmp(err.message, "line ", 5) == 0);
        return 0;
    }
    require_order(&script);
    for (size_t i = 0; i < script.statement_count && i < 16; i++) {
        require_one_statement(&arena, &script, i);
    }
    return 0;
}
