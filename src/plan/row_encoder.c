/* row_encoder.c — see row_encoder.h. */
#include "plan/row_encoder.h"

#include "plan/null_value.h"

#include <string.h>

/* What goes in place of NULL, encoded once. */
static bool
encode_null(const struct row_encoding *encoding, const struct plan_column *column,
            struct text *field, struct error *err)
{
    sqlite3_value *value;
    struct refusal refusal;
    if (column->null_text == NULL) {
        return true;
    }
    if (!null_value_make(encoding->source, column, &value, err)) {
        return false;
    }
    enum encode_outcome outcome = value_encoder_of(&column->type)(
        value, &column->type, encoding->settings, field, &refusal);
    sqlite3_value_free(value);
    return outcome == ENCODE_OK || error_set(err, ERROR_USAGE, "the default of \"%s\": %s",
                                             column->name, refusal.reason);
}

/* The inspection has looked at every value of the same snapshot. */
static struct encode_settings
column_settings(const struct row_encoding *encoding, const struct plan_column *column)
{
    struct encode_settings settings = *encoding->settings;
    settings.proven = encoding->seen != NULL && !column->rowid && !column->constant &&
                      column_profile_proves(&encoding->seen->columns[column->source_position],
                                            &column->type);
    return settings;
}

/* A scan has the rowid where a column is its alias, or in front of all columns. */
static size_t
scanned_position(const struct plan_table *table, const struct plan_column *column)
{
    const struct source_table *source = table->source;
    if (column->constant) {
        return 0;
    }
    for (size_t i = 0; column->rowid && i < source->column_count; i++) {
        if (source->columns[i].rowid_alias) {
            return i;
        }
    }
    return (size_t)column->source_position;
}

bool
copied_columns_build(const struct row_encoding *encoding, struct arena *arena,
                     const struct plan_table *table, struct copied_column **columns,
                     size_t *count, struct error *err)
{
    *columns = arena_alloc(arena, table->column_count * sizeof **columns);
    *count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct plan_column *column = &table->columns[i];
        if (!plan_column_is_copied(column)) {
            continue;
        }
        struct copied_column *copied = &(*columns)[(*count)++];
        *copied = (struct copied_column){
            .encode = value_encoder_of(&column->type),
            .type = &column->type,
            .settings = column_settings(encoding, column),
            .source_column = scanned_position(table, column),
            .name = column->constant ? table->source->columns[0].name.text
                                     : column->source->name.text,
            .constant = column->constant,
            .refuses_null = column->refuse_null ||
                            (encoding->plan->existing && column->not_null),
            .maps_old = column->map_old,
        };
        if (!encode_null(encoding, column, &copied->null_field, err)) {
            return false;
        }
        copied->plain = !copied->constant && !copied->refuses_null &&
                        copied->null_field.length == 0;
    }
    return true;
}

void
copied_columns_free(struct copied_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_free(&columns[i].null_field);
    }
}

enum encode_outcome
copied_column_encode_watched(const struct copied_column *column, sqlite3_value *value,
                             struct text *buffer, struct refusal *refusal)
{
    size_t before = buffer->length;
    if (column->constant) {
        text_add_bytes(buffer, column->null_field.bytes, column->null_field.length);
        return ENCODE_OK;
    }
    enum encode_outcome outcome = column->encode(value, column->type, &column->settings, buffer,
                                                 refusal);
    static const char null_field[4] = {'\xff', '\xff', '\xff', '\xff'};
    bool watched = column->refuses_null || column->null_field.length > 0;
    if (!watched || outcome == ENCODE_REFUSED || buffer->length != before + sizeof null_field ||
        memcmp(buffer->bytes + before, null_field, sizeof null_field) != 0) {
        return outcome;
    }
    if (column->null_field.length > 0) {
        buffer->length = before;
        text_add_bytes(buffer, column->null_field.bytes, column->null_field.length);
        return outcome;
    }
    snprintf(refusal->reason, sizeof refusal->reason, "NULL in a column that is NOT NULL");
    return ENCODE_REFUSED;
}
