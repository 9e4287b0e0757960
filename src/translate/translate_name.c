/* translate_name.c — a column, as what it is compared and reckoned with. */
#include "postgres/target.h"
#include "translate/translated.h"

static const struct plan_column *
find_column(const struct translate_scope *scope, const char *name)
{
    int position = source_find_column(scope->table->source, name);
    for (size_t i = 0; position >= 0 && i < scope->table->column_count; i++) {
        if (scope->table->columns[i].source_position == position &&
            !scope->table->columns[i].left_out) {
            return &scope->table->columns[i];
        }
    }
    return NULL;
}

/* rowid, oid, _rowid_: the INTEGER PRIMARY KEY under another name. */
static const struct plan_column *
find_rowid(const struct translate_scope *scope, const char *name)
{
    if (sqlite3_stricmp(name, "rowid") != 0 && sqlite3_stricmp(name, "oid") != 0 &&
        sqlite3_stricmp(name, "_rowid_") != 0) {
        return NULL;
    }
    for (size_t i = 0; i < scope->table->column_count; i++) {
        if (scope->table->columns[i].source->rowid_alias &&
            !scope->table->columns[i].left_out) {
            return &scope->table->columns[i];
        }
    }
    return NULL;
}

/* Types that only a plan file gives are looked at as the wider ones that hold the same
 * values. An integer stays bare: PostgreSQL compares it with any other. */
static bool
widen(struct translate_scope *scope, struct translated *out)
{
    const char *as = NULL;
    enum type_kind kind = out->type.kind;
    if (kind == TYPE_INTEGER || kind == TYPE_SMALLINT) {
        out->type = TYPE_OF(TYPE_BIGINT);
    } else if (kind == TYPE_REAL) {
        out->type = TYPE_OF(TYPE_DOUBLE);
        as = "double precision";
    } else if (kind == TYPE_CITEXT || kind == TYPE_ENUM) {
        if (kind == TYPE_ENUM && (scope->exact || scope->index) && !scope->view) {
            return translate_failed(scope, "an enum as text is not immutable");
        }
        out->type = TYPE_OF(TYPE_TEXT);
        as = "text";
    }
    if (as != NULL) {
        out->sql = arena_printf(scope->arena, "CAST(%s AS %s)", out->sql, as);
    }
    return true;
}

bool
translate_name(struct translate_scope *scope, const struct sql_expr *expr,
               struct translated *out)
{
    if (scope->table == NULL) {
        return translate_failed(scope, "it refers to \"%s\"", expr->name.text);
    }
    const struct plan_column *column = find_column(scope, expr->name.text);
    if (column == NULL) {
        column = find_rowid(scope, expr->name.text);
    }
    if (column == NULL) {
        return translate_failed(scope, "no column \"%s\"", expr->name.text);
    }
    if (scope->exact && !scope->view && column->source->generated != SQL_GENERATED_NO) {
        return translate_failed(scope, "it refers to the generated column \"%s\"",
                                expr->name.text);
    }
    AUTO_TEXT name = {0};
    if (scope->column_sql != NULL) {
        text_add(&name, scope->column_sql[column - scope->table->columns]);
    } else {
        target_quote_name(&name, column->name);
    }
    enum affinity affinity = column->source->affinity;
    bool binary = sqlite3_stricmp(column->source->collation, "BINARY") == 0;
    *out = (struct translated){
        .sql = arena_strdup(scope->arena, text_string(&name)),
        .type = column->type,
        .atom = true,
        .column = column,
        .collation = binary ? NULL : column->source->collation,
        .most = column->integer_most,
        .signed_zero = affinity == AFFINITY_BLOB,
        .maybe_integer = affinity != AFFINITY_REAL && type_is_number(column->type.kind) &&
                         column->type.kind != TYPE_BIGINT,
    };
    return widen(scope, out);
}
