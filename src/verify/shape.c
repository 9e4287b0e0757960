/* shape.c — see shape.h. */
#include "verify/shape.h"

#include "plan/null_value.h"
#include "plan/set_aside.h"

/* The plan's column for a source column; -1: it is not carried. */
static int
find_column(const struct plan_table *table, int source_position)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].source_position == source_position) {
            return (int)i;
        }
    }
    return -1;
}

static void
add_column(struct shape *shape, const struct plan_column *column)
{
    shape->columns[shape->column_count++] = (struct shape_column){
        .name = column->name,
        .type = &column->type,
        .source_column = (size_t)column->source_position};
}

static bool
key_is_carried(const struct plan_table *table)
{
    for (size_t i = 0; i < table->source->primary_key_count; i++) {
        if (find_column(table, table->source->primary_key[i]) < 0) {
            return false;
        }
    }
    return table->source->primary_key_count > 0;
}

/* The first column of a source column is the key's; a second keeps an old id. */
static bool
in_key(const struct plan_table *table, size_t column)
{
    const struct source_table *source = table->source;
    int source_position = table->columns[column].source_position;
    for (size_t i = 0; i < source->primary_key_count; i++) {
        if (source->primary_key[i] == source_position) {
            return find_column(table, source_position) == (int)column;
        }
    }
    return false;
}

static void
add_columns(struct shape *shape, const struct plan_table *table, bool keyed)
{
    const struct source_table *source = table->source;
    for (size_t i = 0; keyed && i < source->primary_key_count; i++) {
        add_column(shape, &table->columns[find_column(table, source->primary_key[i])]);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        bool compared = table->columns[i].source_position >= 0;
        if (compared && (!keyed || !in_key(table, i))) {
            add_column(shape, &table->columns[i]);
        }
    }
}

static const char *
build_select(struct arena *arena, const struct shape *shape)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "COPY (SELECT ");
    for (size_t i = 0; i < shape->column_count; i++) {
        text_add(&sql, i > 0 ? ", " : "");
        target_quote_name(&sql, shape->columns[i].name);
    }
    text_add(&sql, shape->leaves != NULL ? ", tableoid, ctid FROM " : " FROM ");
    target_quote_qualified(&sql, shape->schema, shape->name);
    return arena_strdup(arena, text_string(&sql));
}

void
shape_build(struct arena *arena, const struct plan_table *table, struct shape *shape)
{
    bool keyed = key_is_carried(table);
    *shape = (struct shape){
        .schema = table->schema,
        .name = table->name,
        .source = table->source,
        .columns = arena_alloc(arena, (table->column_count + 1) * sizeof *shape->columns),
        .key_count = keyed ? table->source->primary_key_count : 0,
    };
    add_columns(shape, table, keyed);
    shape->select_open = build_select(arena, shape);
    shape->select_end = SHAPE_SELECT_END;
}

static bool
read_in_place_of_null(const struct source *source, const struct plan_column *column,
                      const struct canonical_settings *settings, struct text *bytes,
                      struct error *err)
{
    struct canonical_scratch scratch = {0};
    struct canonical form = {0};
    sqlite3_value *value;
    if (!null_value_make(source, column, &value, err)) {
        return false;
    }
    bool ok = canonical_source(value, &column->type, settings, &scratch, &form) ==
              CANONICAL_VALUE;
    if (ok) {
        text_add_bytes(bytes, form.bytes, form.size);
    }
    canonical_scratch_free(&scratch);
    sqlite3_value_free(value);
    return ok || error_set(err, ERROR_USAGE, "the default of \"%s\" is no value of its type",
                           column->name);
}

bool
shape_add_nulls(struct arena *arena, const struct source *source,
                const struct plan_table *table, const struct canonical_settings *settings,
                struct shape *shape, struct error *err)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        struct shape_column *column = &shape->columns[i];
        const struct plan_column *planned = &table->columns[0];
        while (&planned->type != column->type) {
            planned++;
        }
        AUTO_TEXT bytes = {0};
        if (planned->null_text == NULL) {
            continue;
        }
        if (!read_in_place_of_null(source, planned, settings, &bytes, err)) {
            return false;
        }
        char *copy = arena_strndup(arena, text_string(&bytes), bytes.length);
        column->in_place_of_null = (struct canonical){(const uint8_t *)copy, bytes.length};
    }
    return true;
}

static bool
is_nulled(const struct plan *plan, int table, const struct shape_column *column)
{
    for (size_t i = 0; i < plan->reference_count; i++) {
        const struct plan_reference *reference = &plan->references[i];
        bool nulls = reference->table == table && reference->orphans == ORPHANS_NULL;
        for (size_t c = 0; nulls && c < reference->column_count; c++) {
            if (&plan->tables[table].columns[reference->columns[c]].type == column->type) {
                return true;
            }
        }
    }
    return false;
}

bool
shape_add_nulled(struct arena *arena, struct stream *stream, const struct verify_job *job,
                 int table, struct shape *shape, struct error *err)
{
    const struct set_aside_of of = {.conn = stream->conn,
                                    .run_id = job->run_id,
                                    .source = &stream->source,
                                    .table = shape->source};
    for (size_t i = 0; job->run_id != 0 && i < shape->column_count; i++) {
        struct shape_column *column = &shape->columns[i];
        if (!is_nulled(job->plan, table, column)) {
            continue;
        }
        if (!set_aside_nulled_positions(&of, column->source_column, arena, &column->nulled,
                                        err)) {
            return false;
        }
    }
    return true;
}

void
shape_add_places(struct arena *arena, const struct table_leaves *leaves, struct shape *shape)
{
    shape->leaves = leaves;
    shape->select_open = build_select(arena, shape);
}
