/* null_value.c — see null_value.h. */
#include "plan/null_value.h"

#include "value/encode.h"

bool
null_value_make(const struct source *source, const struct plan_column *column,
                sqlite3_value **value, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    bool real = column->type.kind == TYPE_DOUBLE || column->type.kind == TYPE_REAL;
    const char *sql = real ? "SELECT CAST(?1 AS REAL)" : "SELECT ?1";
    *value = NULL;
    if (sqlite3_prepare_v2(source->handle, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_text(statement, 1, column->null_text, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(source, err, "read the default of \"%s\"", column->name);
    }
    *value = sqlite3_value_dup(sqlite3_column_value(statement, 0));
    return *value != NULL || error_set(err, ERROR_SYSTEM, "read a default");
}

static bool
check_column(const struct source *source, const struct plan_table *table,
             const struct plan_column *column, const struct plan_file *file,
             const struct encode_settings *settings, struct error *err)
{
    sqlite3_value *value;
    struct refusal refusal;
    AUTO_TEXT field = {0};
    if (!null_value_make(source, column, &value, err)) {
        return false;
    }
    enum encode_outcome outcome = value_encoder_of(&column->type)(value, &column->type,
                                                                  settings, &field, &refusal);
    sqlite3_value_free(value);
    return outcome == ENCODE_OK ||
           error_set(err, ERROR_USAGE, "%s: the default of %s.%s cannot be stored: %s",
                     file->path, table->name, column->name, refusal.reason);
}

bool
null_values_check(const struct source *source, const struct plan *plan,
                  const struct plan_file *file, enum bad_text bad_text, struct error *err)
{
    const struct encode_settings settings = {source->utf16, bad_text};
    for (size_t t = 0; t < plan->table_count; t++) {
        const struct plan_table *table = &plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            const struct plan_column *column = &table->columns[c];
            if (column->null_text != NULL &&
                !check_column(source, table, column, file, &settings, err)) {
                return false;
            }
        }
    }
    return true;
}
