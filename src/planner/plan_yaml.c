/* plan_yaml.c — see plan_yaml.h. */
#include "planner/plan_yaml.h"

#include "planfile/plan_text.h"
#include "planfile/yaml_text.h"
#include "planner/plan_build.h"
#include "translate/constant.h"
#include "value/uuid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { COMMENT_COLUMN = 44 };

static const char *
types_word(enum types_mode mode)
{
    return mode == TYPES_EVOLVE ? "evolve" : "faithful";
}

static const char *
names_word(enum names_mode mode)
{
    return mode == NAMES_FOLD ? "fold" : mode == NAMES_KEEP ? "keep" : "source";
}

static const char *
bad_text_word(enum bad_text bad_text)
{
    return bad_text == BAD_TEXT_BYTEA   ? "bytea"
           : bad_text == BAD_TEXT_STRIP ? "strip"
                                        : "set-aside";
}

static void
add_key(struct text *yaml, const char *key, const char *value)
{
    text_printf(yaml, ", %s: ", key);
    yaml_add_scalar(yaml, value);
}

/* Pads from the start of the line to where comments stand, at least one blank. */
static void
begin_comment(struct text *yaml, size_t line_start)
{
    do {
        text_add_char(yaml, ' ');
    } while (yaml->length - line_start < COMMENT_COLUMN);
    text_add(yaml, "# ");
}

static void
add_reason(struct text *yaml, const struct plan_column *column, size_t line_start)
{
    if (column->reason == NULL || column->reason[0] == '\0') {
        return;
    }
    begin_comment(yaml, line_start);
    yaml_add_comment(yaml, column->reason);
    char named[sizeof column->witness.sample + 32];
    snprintf(named, sizeof named, "%s in row %" PRId64, column->witness.sample,
             column->witness.position);
    if (column->witness.set && strstr(column->reason, named) == NULL) {
        text_printf(yaml, "; row %" PRId64 ": ", column->witness.position);
        yaml_add_comment(yaml, column->witness.sample);
    }
}

/* A default that is a value, when reading it back gives the same SQL. */
static const char *
default_value(struct arena *arena, const struct plan_column *column)
{
    struct constant constant;
    const struct sql_expr *declared = column->source->default_value;
    if (declared == NULL || !constant_evaluate(arena, declared, NULL, &constant)) {
        return NULL;
    }
    const char *value = constant.kind == CONSTANT_TEXT ? constant.text
                        : constant.kind == CONSTANT_INTEGER
                            ? arena_printf(arena, "%" PRId64, constant.integer)
                            : NULL;
    bool same = value != NULL &&
                strcmp(plan_literal(arena, value, &column->type), column->default_sql) == 0;
    return same ? value : NULL;
}

static void
add_default(struct text *yaml, const struct plan_column *column)
{
    AUTO_ARENA memory = {0};
    if (column->default_sql == NULL) {
        return;
    }
    const char *value = default_value(&memory, column);
    if (value != NULL && strcmp(value, column->default_sql) == 0) {
        text_printf(yaml, ", default: %s", value); /* a number or a truth */
        return;
    }
    if (value != NULL) {
        add_key(yaml, "default", value);
        return;
    }
    text_add(yaml, ", default: {sql: ");
    yaml_add_scalar(yaml, column->default_sql);
    text_add_char(yaml, '}');
}

/* What the type's name does not say of the values. */
static void
add_type_details(struct text *yaml, const struct value_type *type)
{
    static const char *const epochs[EPOCH_UNIT_COUNT] = {
        [EPOCH_SECONDS] = "s", [EPOCH_MILLISECONDS] = "ms", [EPOCH_MICROSECONDS] = "us",
        [EPOCH_DAYS] = "d",    [EPOCH_JULIAN] = "julian",
    };
    if (type->epoch != EPOCH_NONE) {
        add_key(yaml, "epoch", epochs[type->epoch]);
    }
}

static void
add_not_null(struct text *yaml, const struct plan_column *column)
{
    if (column->not_null) {
        text_add(yaml, column->identity ? "" : ", not_null: true");
    } else if (column->source->not_null) {
        text_add(yaml, ", not_null: false");
    }
}

static void
add_column(struct text *yaml, const struct plan_column *column)
{
    size_t line_start = yaml->length;
    AUTO_TEXT type = {0};
    value_type_print_short(&column->type, &type);
    text_add(yaml, "      ");
    yaml_add_scalar(yaml, column->source->name.text);
    text_add(yaml, ": {type: ");
    yaml_add_scalar(yaml, text_string(&type));
    if (strcmp(column->name, column->source->name.text) != 0) {
        add_key(yaml, "to", column->name);
    }
    add_type_details(yaml, &column->type);
    text_add(yaml, column->identity ? ", identity: true" : "");
    add_not_null(yaml, column);
    add_default(yaml, column);
    if (column->generated_sql != NULL) {
        add_key(yaml, "generated", column->generated_sql);
    }
    text_add_char(yaml, '}');
    add_reason(yaml, column, line_start);
    text_add_char(yaml, '\n');
}

/* Not one that a plan file has added, nor the old text of a uuid key. */
static bool
is_of_source(const struct plan_table *table, size_t column)
{
    int position = table->columns[column].source_position;
    for (size_t i = 0; i < column; i++) {
        if (table->columns[i].source_position == position) {
            return false;
        }
    }
    return position >= 0;
}

static void
add_table(struct text *yaml, const struct plan_table *table,
          const struct table_inspection *seen, const char *source_name)
{
    AUTO_TEXT name = {0};
    size_t line_start = yaml->length;
    text_printf(&name, "%s.%s", source_name, table->source->name.text);
    text_add(yaml, "  - from: ");
    yaml_add_scalar(yaml, text_string(&name));
    begin_comment(yaml, line_start);
    text_printf(yaml, "%" PRIu64 " row%s, %" PRIu64 " bytes\n", seen->rows,
                seen->rows == 1 ? "" : "s", seen->bytes);
    text_reset(&name);
    text_printf(&name, "%s.%s", table->schema, table->name);
    text_add(yaml, "    to: ");
    yaml_add_scalar(yaml, text_string(&name));
    text_add(yaml, "\n    columns:\n");
    for (size_t i = 0; i < table->column_count; i++) {
        if (is_of_source(table, i)) {
            add_column(yaml, &table->columns[i]);
        }
    }
}

/* The plan's name: of all its sources. */
static const char *
plan_name(struct arena *arena, const struct plan_yaml_source *sources, size_t count)
{
    const char *name = sources[0].name;
    for (size_t i = 1; i < count; i++) {
        name = arena_printf(arena, "%s+%s", name, sources[i].name);
    }
    return name;
}

static void
add_head(struct text *yaml, const struct plan_yaml_source *sources, size_t count,
         const struct plan_options *options, const char *schema)
{
    AUTO_ARENA memory = {0};
    const char *name = plan_name(&memory, sources, count);
    uint8_t namespace[UUID_NAMESPACE_SIZE];
    char shown[UUID_TEXT_SIZE + 1] = "";
    plan_file_namespace(name, namespace);
    uuid_print(namespace, shown);
    text_add(yaml, "version: 1\nname: ");
    yaml_add_scalar(yaml, name);
    text_printf(yaml, "\nnamespace: %s\nsources:\n", shown);
    for (size_t i = 0; i < count; i++) {
        text_add(yaml, "  ");
        yaml_add_scalar(yaml, sources[i].name);
        text_add(yaml, ": ");
        yaml_add_scalar(yaml, sources[i].path);
        text_add_char(yaml, '\n');
    }
    text_printf(yaml,
                "target: ${DATABASE_URL}\n"
                "defaults: {types: %s, names: %s, bad_text: %s, schema: ",
                types_word(options->types), names_word(options->names),
                bad_text_word(options->bad_text));
    yaml_add_scalar(yaml, schema);
    add_key(yaml, "collation", rules_collation(options->rules));
    text_add(yaml, "}\n");
}

static void
add_note(struct text *yaml, const struct plan_note *note)
{
    text_add(yaml, "#   ");
    yaml_add_comment(yaml, note->object_kind);
    text_add_char(yaml, ' ');
    yaml_add_comment(yaml, note->name);
    text_add(yaml, ": ");
    yaml_add_comment(yaml, note->reason);
    text_add_char(yaml, '\n');
    if (note->sql != NULL) {
        text_add(yaml, "#     ");
        yaml_add_comment(yaml, note->sql);
        text_add_char(yaml, '\n');
    }
}

static void
add_notes_of(struct text *yaml, const struct plan *plan, int kind, const char *title)
{
    bool first = true;
    for (size_t i = 0; i < plan->note_count; i++) {
        if ((int)plan->notes[i].kind != kind) {
            continue;
        }
        if (first) {
            text_printf(yaml, "\n# %s:\n", title);
        }
        first = false;
        add_note(yaml, &plan->notes[i]);
    }
}

static void
add_notes(struct text *yaml, const struct plan *plan)
{
    static const char *const titles[] = {
        [NOTE_NOT_CARRIED] = "does not come over",
        [NOTE_CHANGED] = "comes over as something else",
        [NOTE_RENAMED] = "gets another name",
    };
    for (int kind = NOTE_NOT_CARRIED; kind <= NOTE_RENAMED; kind++) {
        add_notes_of(yaml, plan, kind, titles[kind]);
    }
}

static void
add_tables(struct text *yaml, const struct plan_yaml_source *source, bool *any)
{
    for (size_t i = 0; i < source->plan->table_count; i++) {
        const struct plan_table *table = &source->plan->tables[i];
        bool any_column = false;
        for (size_t c = 0; c < table->column_count; c++) {
            any_column = any_column || is_of_source(table, c);
        }
        if (table->problem == NULL && table->source->query == NULL && any_column) {
            text_add(yaml, *any ? "" : "tables:\n");
            add_table(yaml, table, &source->inspection->tables[table->source_position],
                      source->name);
            *any = true;
        }
    }
}

static void
add_problems(struct text *yaml, const struct plan *plan)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        if (plan->tables[i].problem != NULL && !plan->tables[i].left_out) {
            text_add(yaml, "# table ");
            yaml_add_comment(yaml, plan->tables[i].source->name.text);
            text_add(yaml, " does not come over: ");
            yaml_add_comment(yaml, plan->tables[i].problem);
            text_add_char(yaml, '\n');
        }
    }
}

void
plan_write_yaml(struct text *yaml, const struct plan_yaml_source *sources, size_t count,
                const struct plan_options *options, const char *schema)
{
    bool any = false;
    add_head(yaml, sources, count, options, schema);
    for (size_t i = 0; i < count; i++) {
        add_tables(yaml, &sources[i], &any);
    }
    text_add(yaml, any ? "" : "tables: []\n");
    for (size_t i = 0; i < count; i++) {
        if (count > 1 && sources[i].plan->note_count > 0) {
            text_add(yaml, "\n# source ");
            yaml_add_comment(yaml, sources[i].name);
            text_add_char(yaml, '\n');
        }
        add_problems(yaml, sources[i].plan);
        add_notes(yaml, sources[i].plan);
    }
    plan_text_mark(yaml, NULL, NULL);
}
