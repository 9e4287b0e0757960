/* table_shape.c — two looks at a table compared, and the way back from one to the other. */
#include "base/json.h"
#include "base/text.h"
#include "heal/table_facts.h"
#include "postgres/target.h"

#include <string.h>

static const struct {
    const char *key;
    const char *kind;
} kinds[] = {{"columns", "column"}, {"constraints", "constraint"}, {"indexes", "index"}};

static void
add_difference(json_t *differences, const char *kind, const char *name, json_t *before,
               json_t *after)
{
    const char *change = before == NULL ? "added" : after == NULL ? "removed" : "changed";
    json_t *difference = json_pack("{s:s, s:s, s:s}", "change", change, "kind", kind, "name",
                                   name);
    json_object_set(difference, "before", before == NULL ? json_null() : before);
    json_object_set(difference, "after", after == NULL ? json_null() : after);
    json_array_append_new(differences, difference);
}

static void
compare_kind(json_t *differences, const char *kind, json_t *before, json_t *after)
{
    const char *name;
    json_t *value;
    json_object_foreach(before, name, value)
    {
        json_t *now = json_object_get(after, name);
        if (now == NULL || !json_equal(value, now)) {
            add_difference(differences, kind, name, value, now);
        }
    }
    json_object_foreach(after, name, value)
    {
        if (json_object_get(before, name) == NULL) {
            add_difference(differences, kind, name, NULL, value);
        }
    }
}

json_t *
table_shape_difference(const json_t *before, const json_t *after)
{
    json_t *differences = json_array();
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        compare_kind(differences, kinds[i].kind, json_object_get(before, kinds[i].key),
                     json_object_get(after, kinds[i].key));
    }
    return differences;
}

static bool
differs(const json_t *before, const json_t *after, const char *key)
{
    return !json_equal(json_object_get(before, key), json_object_get(after, key));
}

static void
begin_alter(struct text *sql, const struct table_name *table)
{
    text_add(sql, "ALTER TABLE ");
    target_quote_qualified(sql, table->schema, table->table);
    text_add_char(sql, ' ');
}

static void
begin_alter_column(struct text *sql, size_t *parts, const char *column)
{
    text_add(sql, (*parts)++ == 0 ? "ALTER COLUMN " : ", ALTER COLUMN ");
    target_quote_name(sql, column);
    text_add_char(sql, ' ');
}

static bool
is_generated(const json_t *column)
{
    const char *how = json_member_text(column, "generated");
    return how != NULL && how[0] != '\0';
}

/* By a cast that may lose what the new type made possible. */
static void
undo_type(struct text *sql, size_t *parts, const char *column, const json_t *before)
{
    const char *type = json_member_text(before, "type");
    begin_alter_column(sql, parts, column);
    text_printf(sql, "TYPE %s", type);
    if (!is_generated(before)) {
        text_add(sql, " USING ");
        target_quote_name(sql, column);
        text_printf(sql, "::%s", type);
    }
}

/* The new type's default need not go with the old type, and is out of the way before. */
static void
undo_type_and_default(struct text *sql, size_t *parts, const char *column, const json_t *before,
                      const json_t *after)
{
    const char *value = json_member_text(before, "default");
    bool retyped = differs(before, after, "type");
    bool redone = !is_generated(before) && (retyped || differs(before, after, "default"));
    if (redone && json_member_text(after, "default") != NULL && (retyped || value == NULL)) {
        begin_alter_column(sql, parts, column);
        text_add(sql, "DROP DEFAULT");
    }
    if (retyped) {
        undo_type(sql, parts, column, before);
    }
    if (redone && value != NULL) {
        begin_alter_column(sql, parts, column);
        text_printf(sql, "SET DEFAULT %s", value);
    }
}

/* -1 is no number of its own, on every server; from 17 on the catalog says NULL for it. */
static int
statistics_of(const json_t *column)
{
    const json_t *statistics = json_object_get(column, "statistics");
    return json_is_integer(statistics) ? (int)json_integer_value(statistics) : -1;
}

static void
undo_column_change(struct text *sql, const char *column, const json_t *before,
                   const json_t *after)
{
    size_t parts = 0;
    undo_type_and_default(sql, &parts, column, before, after);
    if (differs(before, after, "not_null")) {
        begin_alter_column(sql, &parts, column);
        text_add(sql, json_is_true(json_object_get(before, "not_null")) ? "SET NOT NULL"
                                                                        : "DROP NOT NULL");
    }
    if (statistics_of(before) != statistics_of(after)) {
        begin_alter_column(sql, &parts, column);
        text_printf(sql, "SET STATISTICS %d", statistics_of(before));
    }
    if (parts == 0) {
        text_reset(sql);
    }
}

static void
undo_column(struct text *sql, const struct table_name *table, const char *name,
            const json_t *before, const json_t *after)
{
    if (json_is_null(before)) {
        begin_alter(sql, table);
        text_add(sql, "DROP COLUMN ");
        target_quote_name(sql, name);
    } else if (json_is_object(after)) {
        begin_alter(sql, table);
        undo_column_change(sql, name, before, after);
    }
}

/* A validated constraint stays so: there is no way back, and no need for one. */
static void
undo_constraint(struct text *sql, const struct table_name *table, const char *name,
                const json_t *before, const json_t *after)
{
    if (json_is_null(before)) {
        begin_alter(sql, table);
        text_add(sql, "DROP CONSTRAINT ");
        target_quote_name(sql, name);
    } else if (json_is_null(after)) {
        begin_alter(sql, table);
        text_add(sql, "ADD CONSTRAINT ");
        target_quote_name(sql, name);
        text_printf(sql, " %s", json_member_text(before, "definition"));
    }
}

static void
undo_index(struct text *sql, const struct table_name *table, const char *name,
           const json_t *before, const json_t *after)
{
    if (json_is_null(before)) {
        text_add(sql, "DROP INDEX ");
        target_quote_qualified(sql, table->schema, name);
    } else if (json_is_null(after)) {
        text_add(sql, json_member_text(before, "definition"));
    }
}

static bool
is_dropped(const json_t *differences, const char *column)
{
    size_t i;
    json_t *difference;
    json_array_foreach(differences, i, difference)
    {
        if (strcmp(json_member_text(difference, "kind"), "column") == 0 &&
            strcmp(json_member_text(difference, "name"), column) == 0) {
            return json_is_null(json_object_get(difference, "after"));
        }
    }
    return false;
}

static bool
is_lost(const json_t *differences, const json_t *difference)
{
    size_t i;
    json_t *column;
    if (!json_is_null(json_object_get(difference, "after"))) {
        return false;
    }
    if (strcmp(json_member_text(difference, "kind"), "column") == 0) {
        return true;
    }
    json_array_foreach(json_object_get(json_object_get(difference, "before"), "columns"), i,
                       column)
    {
        if (is_dropped(differences, json_string_value(column))) {
            return true;
        }
    }
    return false;
}

json_t *
table_shape_lost(const json_t *differences)
{
    json_t *lost = json_array();
    size_t i;
    json_t *difference;
    json_array_foreach(differences, i, difference)
    {
        if (is_lost(differences, difference)) {
            json_array_append_new(lost,
                                  json_sprintf("%s %s", json_member_text(difference, "kind"),
                                               json_member_text(difference, "name")));
        }
    }
    return lost;
}

enum turn { TAKE_AWAY, CHANGE_BACK, PUT_BACK, TURN_COUNT };

/* What was removed speaks of columns as they were: they come first, and before them goes what was
 * added and speaks of them as they are. */
static enum turn
turn_of(const json_t *difference)
{
    if (strcmp(json_member_text(difference, "kind"), "column") == 0) {
        return CHANGE_BACK;
    }
    return json_is_null(json_object_get(difference, "before")) ? TAKE_AWAY : PUT_BACK;
}

static void
add_undo(json_t *undo, const struct table_name *table, const json_t *difference)
{
    const char *kind = json_member_text(difference, "kind");
    const char *name = json_member_text(difference, "name");
    const json_t *before = json_object_get(difference, "before");
    const json_t *after = json_object_get(difference, "after");
    AUTO_TEXT sql = {0};
    if (strcmp(kind, "column") == 0) {
        undo_column(&sql, table, name, before, after);
    } else if (strcmp(kind, "constraint") == 0) {
        undo_constraint(&sql, table, name, before, after);
    } else {
        undo_index(&sql, table, name, before, after);
    }
    if (sql.length > 0) {
        json_array_append_new(undo, json_string(sql.bytes));
    }
}

json_t *
table_shape_undo(const struct table_name *table, const json_t *differences)
{
    json_t *undo = json_array();
    size_t count = json_array_size(differences);
    for (enum turn turn = TAKE_AWAY; turn < TURN_COUNT; turn++) {
        for (size_t i = 0; i < count; i++) {
            size_t at = turn == PUT_BACK ? i : count - 1 - i;
            const json_t *difference = json_array_get(differences, at);
            if (turn_of(difference) == turn && !is_lost(differences, difference)) {
                add_undo(undo, table, difference);
            }
        }
    }
    return undo;
}
