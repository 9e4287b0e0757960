/* report_parts.c — see report_parts.h. */
#include "report/report_parts.h"

#include "page/printable.h"

#include <stdarg.h>

json_t *
report_words(const char *string)
{
    if (string == NULL) {
        return json_null();
    }
    AUTO_ARENA memory = {0};
    return json_string(printable_utf8(&memory, string));
}

void
report_warn(json_t *warnings, const char *format, ...)
{
    AUTO_TEXT words = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(&words, format, arguments);
    va_end(arguments);
    json_array_append_new(warnings, report_words(text_string(&words)));
}

json_t *
report_source(const struct survey *survey, const char *path, int64_t size_bytes)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < survey->inspection.table_count; i++) {
        rows += survey->inspection.tables[i].rows;
    }
    json_t *source = json_object();
    json_object_set_new(source, "path", report_words(path));
    json_object_set_new(source, "size", json_integer(size_bytes));
    json_object_set_new(source, "encoding", report_words(survey->catalog.encoding));
    json_object_set_new(source, "tables",
                        json_integer((json_int_t)survey->catalog.table_count));
    json_object_set_new(source, "rows", json_integer((json_int_t)rows));
    return source;
}

static json_t *
report_column(const struct plan_column *column, const struct table_inspection *seen)
{
    AUTO_TEXT type = {0};
    value_type_print_short(&column->type, &type);
    json_t *object = json_object();
    json_object_set_new(object, "source", report_words(column->source->name.text));
    json_object_set_new(object, "name", report_words(column->name));
    json_object_set_new(object, "from", report_words(column->source->type));
    json_object_set_new(object, "type", report_words(text_string(&type)));
    json_object_set_new(object, "reason", report_words(column->reason));
    if (column->witness.set) {
        json_object_set_new(object, "sample", report_words(column->witness.sample));
        json_object_set_new(object, "position", json_integer(column->witness.position));
    }
    if (seen->columns != NULL && column->source_position >= 0) {
        const struct column_profile *profile = &seen->columns[column->source_position];
        json_object_set_new(object, "nulls", json_integer((json_int_t)profile->nulls));
    }
    json_object_set_new(object, "not_null", json_boolean(column->not_null));
    json_object_set_new(object, "identity", json_boolean(column->identity));
    json_object_set_new(object, "default", report_words(column->default_sql));
    json_object_set_new(object, "generated", report_words(column->generated_sql));
    return object;
}

json_t *
report_columns(const struct survey *survey, const struct plan_table *table)
{
    const struct table_inspection *seen = &survey->inspection.tables[table->source_position];
    json_t *columns = json_array();
    for (size_t i = 0; i < table->column_count; i++) {
        json_array_append_new(columns, report_column(&table->columns[i], seen));
    }
    return columns;
}

json_t *
report_notes(const struct plan *plan, enum note_kind kind)
{
    json_t *notes = json_array();
    for (size_t i = 0; i < plan->note_count; i++) {
        const struct plan_note *note = &plan->notes[i];
        if (note->kind != kind) {
            continue;
        }
        json_t *object = json_object();
        json_object_set_new(object, "kind", report_words(note->object_kind));
        json_object_set_new(object, "name", report_words(note->name));
        json_object_set_new(object, "reason", report_words(note->reason));
        json_object_set_new(object, "sql", report_words(note->sql));
        json_array_append_new(notes, object);
    }
    return notes;
}

json_t *
report_findings(const struct check_report *check)
{
    json_t *findings = json_array();
    for (size_t i = 0; i < check->finding_count; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "table", report_words(check->findings[i].table));
        json_object_set_new(object, "damage", json_boolean(check->findings[i].damage));
        json_object_set_new(object, "message", report_words(check->findings[i].message));
        json_array_append_new(findings, object);
    }
    return findings;
}
