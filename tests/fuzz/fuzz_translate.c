/* fuzz_translate.c — any expression that parses is translated or refused with a
 * reason, in every scope, against columns of every type. */
#include "fuzz.h"
#include "sql/parse.h"
#include "translate/translate.h"
#include "value/utf8.h"

#include <assert.h>

/* Columns a, b, c ...: one of each type, of every affinity and collation in turn. */
static void
make_columns(struct source_column *sources, struct plan_column *columns)
{
    static const char *const names[TYPE_KIND_COUNT] = {"a", "b", "c", "d", "e", "f", "g",
                                                       "h", "i", "j", "k", "l", "m", "n"};
    static const char *const collations[] = {"BINARY", "NOCASE", "RTRIM", "OWN"};
    for (int i = 0; i < TYPE_KIND_COUNT; i++) {
        sources[i] = (struct source_column){.name = {names[i], false},
                                            .type = "",
                                            .affinity = (enum affinity)(i % 5),
                                            .rowid_alias = i == 0,
                                            .collation = collations[i % 4]};
        columns[i] = (struct plan_column){.source = &sources[i],
                                          .source_position = i,
                                          .name = names[i],
                                          .type = {.kind = (enum type_kind)i}};
    }
    columns[TYPE_TIMESTAMPTZ].type.epoch = EPOCH_SECONDS;
    columns[TYPE_NUMERIC].type.precision = 10;
    columns[TYPE_VARCHAR].type.length = 5;
}

static void
check(bool ok, const char *sql, const struct translate_scope *scope)
{
    assert(ok ? sql != NULL : scope->failure != NULL);
    if (ok) {
        size_t characters;
        size_t size = strlen(sql);
        assert(size > 0 && utf8_valid_prefix((const uint8_t *)sql, size, &characters) == size);
    }
}

static void
translate_everywhere(struct arena *arena, const struct plan_table *table,
                     const struct sql_expr *expr)
{
    const char *sql = NULL;
    struct translate_scope condition = {.arena = arena, .table = table};
    bool ok = translate_condition(&condition, expr, &sql);
    check(ok, sql, &condition);
    struct translate_scope index = {.arena = arena, .table = table, .index = true};
    bool text;
    ok = translate_value(&index, expr, &sql, &text);
    check(ok, sql, &index);
    for (size_t i = 0; i < table->column_count; i++) {
        struct translate_scope exact = {.arena = arena, .table = table, .exact = true};
        ok = translate_for_column(&exact, expr, &table->columns[i], &sql);
        check(ok, sql, &exact);
        struct source_column source = *table->columns[i].source;
        struct plan_column column = table->columns[i];
        source.default_value = expr;
        column.source = &source;
        struct translate_scope fallback = {.arena = arena};
        ok = translate_default(&fallback, &column, &sql);
        check(ok, ok && sql == NULL ? "NULL" : sql, &fallback);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA arena = {0};
    struct source_column sources[TYPE_KIND_COUNT];
    struct plan_column columns[TYPE_KIND_COUNT];
    make_columns(sources, columns);
    const struct source_table source = {
        .name = {"t", false}, .columns = sources, .column_count = TYPE_KIND_COUNT};
    const struct plan_table table = {
        .source = &source, .name = "t", .columns = columns, .column_count = TYPE_KIND_COUNT};
    char *sql = arena_strndup(&arena, (const char *)data, size);
    struct sql_expr *expr = NULL;
    struct error err = {0};
    if (sql_parse_expression(&arena, sql, &expr, &err)) {
        translate_everywhere(&arena, &table, expr);
    }
    return 0;
}
