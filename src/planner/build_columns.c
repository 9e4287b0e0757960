/* build_columns.c — NOT NULL, identity, defaults, generated columns. */
#include "planner/builder.h"
#include "planner/plan_build.h"

static void
decide_not_null(struct builder *builder, size_t table, size_t column)
{
    struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct column_profile *profile = builder_profile(builder, table, column);
    const struct plan_file_column *said = builder_said_column(builder, table, column);
    planned->not_null = planned->source->not_null || planned->source->rowid_alias;
    if (said != NULL && said->not_null != SWITCH_UNSAID) {
        planned->not_null = said->not_null == SWITCH_ON;
        planned->refuse_null = planned->not_null;
        return;
    }
    if (planned->not_null && said != NULL && said->default_value.kind == DEFAULT_VALUE) {
        return; /* which is stored in place of NULL */
    }
    if (planned->not_null && profile != NULL && profile->nulls > 0) {
        planned->not_null = false;
        const struct plan_note note = {.kind = NOTE_CHANGED,
                                       .object_kind = "column",
                                       .name = builder_column_name(builder, table, column)};
        builder_note(builder, &note, "declared NOT NULL, but %llu rows hold NULL",
                     (unsigned long long)profile->nulls);
    }
}

static void
decide_identity(struct builder *builder, size_t table, size_t column)
{
    struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct column_profile *profile = builder_profile(builder, table, column);
    const struct plan_file_column *said = builder_said_column(builder, table, column);
    bool wanted = said != NULL && said->identity != SWITCH_UNSAID
                      ? said->identity == SWITCH_ON
                      : planned->source->rowid_alias;
    planned->identity = wanted && value_type_is_integer(planned->type.kind);
    if (!planned->identity) {
        return;
    }
    int64_t last = builder->catalog->tables[table].sequence;
    if (profile != NULL && profile->integers > 0 && profile->integer_max > last) {
        last = profile->integer_max;
    }
    const int64_t largest = value_type_integer_max(planned->type.kind);
    planned->identity_last = last > largest ? largest : last > 0 ? last : 0;
    if (last >= largest) {
        const struct plan_note note = {.kind = NOTE_CHANGED,
                                       .object_kind = "sequence",
                                       .name = builder_column_name(builder, table, column)};
        builder_note(builder, &note,
                     "the largest id there can be, or a larger one, is in use: the sequence is "
                     "exhausted, inserts must name an id");
    }
}

static void
note_expression(struct builder *builder, const struct plan_note *note,
                const struct translate_scope *scope)
{
    builder_note(builder, note, "%s",
                 note->kind == NOTE_CHANGED ? scope->change : scope->failure);
}

static bool
decide_said_default(struct builder *builder, size_t table, size_t column)
{
    struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct plan_file_column *said = builder_said_column(builder, table, column);
    if (said == NULL || said->default_value.kind == DEFAULT_UNSAID) {
        return false;
    }
    const struct plan_default *value = &said->default_value;
    if (value->kind == DEFAULT_VALUE) {
        planned->default_sql = plan_literal(builder->arena, value->text, &planned->type);
        planned->said_default = value->text;
        planned->null_text = planned->not_null ? value->text : NULL;
        planned->refuse_null = false;
    } else {
        planned->default_sql = value->kind == DEFAULT_SQL ? value->text : NULL;
    }
    return true;
}

static void
decide_default(struct builder *builder, size_t table, size_t column)
{
    struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct sql_expr *expr = planned->source->default_value;
    if (decide_said_default(builder, table, column) || expr == NULL ||
        planned->source->generated != SQL_GENERATED_NO || planned->identity) {
        return;
    }
    struct translate_scope scope = {.arena = builder->arena};
    struct plan_note note = {.kind = NOTE_CHANGED,
                             .object_kind = "default",
                             .name = builder_column_name(builder, table, column),
                             .sql = expr->source};
    if (!translate_default(&scope, planned, &planned->default_sql)) {
        planned->default_sql = NULL;
        note.kind = NOTE_NOT_CARRIED;
        note_expression(builder, &note, &scope);
    } else if (scope.change != NULL) {
        note_expression(builder, &note, &scope);
    }
}

static void
decide_generated(struct builder *builder, size_t table, size_t column)
{
    struct plan_table *owner = &builder->plan->tables[table];
    struct plan_column *planned = &owner->columns[column];
    const struct plan_file_column *said = builder_said_column(builder, table, column);
    if (said != NULL && said->generated.text != NULL) {
        planned->generated_sql = said->generated.text;
        return;
    }
    if (planned->source->generated == SQL_GENERATED_NO) {
        return;
    }
    const struct sql_expr *expr = planned->source->generated_as;
    struct translate_scope scope = {.arena = builder->arena, .table = owner, .exact = true};
    struct plan_note note = {.kind = NOTE_CHANGED,
                             .object_kind = "generated column",
                             .name = builder_column_name(builder, table, column),
                             .sql = expr == NULL ? NULL : expr->source};
    if (expr != NULL && translate_for_column(&scope, expr, planned, &planned->generated_sql)) {
        if (planned->source->generated == SQL_GENERATED_VIRTUAL) {
            builder_note(builder, &note, "VIRTUAL becomes STORED");
        }
        return;
    }
    planned->generated_sql = NULL;
    builder_note(builder, &note, "an ordinary column that receives the values: %s",
                 expr == NULL ? "its expression could not be read" : scope.failure);
}

void
build_columns(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct plan_table *table = &builder->plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            decide_not_null(builder, t, c);
            decide_identity(builder, t, c);
            decide_default(builder, t, c);
        }
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            decide_generated(builder, t, c);
        }
    }
}
