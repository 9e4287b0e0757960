/* triggers.c — the text of a table's triggers, in the language of SQLite 3.6.19. */
#include "capture/internal.h"

#include <inttypes.h>
#include <string.h>

#define ROW "_outgrow_row."

/* What is collected for one table. */
struct trigger_writer {
    struct arena *arena;
    const struct source_table *table;
    const struct capture_table *capture;
    const struct capture_rival *rivals;
    size_t rival_count;
    struct capture_trigger *triggers;
    size_t count;
};

void
capture_key_add(struct text *sql, const struct source_table *table,
                const struct capture_table *capture, size_t key, const char *row)
{
    text_add(sql, row);
    if (capture->by_rowid) {
        text_add(sql, table->rowid_name);
    } else {
        source_quote(sql, table->columns[capture->key_columns[key]].name.text);
    }
}

void
capture_log_into_add(struct text *sql, const struct capture_table *capture)
{
    text_add(sql, "INSERT INTO _outgrow_log(t");
    for (size_t i = 0; i < capture->key_count; i++) {
        text_printf(sql, ",k%zu", i + 1);
    }
    text_add(sql, ")");
}

static void
add_key_list(struct text *sql, const struct trigger_writer *self, const char *row)
{
    text_printf(sql, "%" PRId64, self->capture->id);
    for (size_t i = 0; i < self->capture->key_count; i++) {
        text_add(sql, ",");
        capture_key_add(sql, self->table, self->capture, i, row);
    }
}

static bool
key_is_integer(const struct source_table *table, const struct capture_table *capture,
               size_t key)
{
    return capture->by_rowid || table->columns[capture->key_columns[key]].rowid_alias;
}

bool
capture_key_is_loose(const struct source_table *table, const struct capture_table *capture,
                     size_t key)
{
    return !capture->by_rowid &&
           table->columns[capture->key_columns[key]].affinity == AFFINITY_BLOB;
}

/* The key of one row is another than that of the other, byte by byte and class by class. */
static void
capture_key_differs_add(struct text *sql, const struct source_table *table,
                        const struct capture_table *capture, const char *row, const char *other)
{
    for (size_t i = 0; i < capture->key_count; i++) {
        text_add(sql, i == 0 ? "" : " OR ");
        capture_key_add(sql, table, capture, i, row);
        text_add(sql, " IS NOT ");
        capture_key_add(sql, table, capture, i, other);
        text_add(sql, key_is_integer(table, capture, i) ? "" : " COLLATE BINARY");
        if (capture_key_is_loose(table, capture, i)) {
            text_add(sql, " OR typeof(");
            capture_key_add(sql, table, capture, i, row);
            text_add(sql, ")<>typeof(");
            capture_key_add(sql, table, capture, i, other);
            text_add(sql, ")");
        }
    }
}

static void
begin_trigger(struct text *sql, const struct trigger_writer *self, const char *name,
              const char *when)
{
    text_printf(sql, "CREATE TRIGGER " CAPTURE_PREFIX "%" PRId64 "_%s %s ON ",
                self->capture->id, name, when);
    source_quote(sql, self->table->name.text);
}

static void
end_trigger(struct text *sql, struct trigger_writer *self, const char *name)
{
    text_add(sql, "; END");
    self->triggers[self->count++] = (struct capture_trigger){
        .name = arena_printf(self->arena, CAPTURE_PREFIX "%" PRId64 "_%s", self->capture->id,
                             name),
        .sql = arena_strdup(self->arena, text_string(sql))};
}

static void
write_log_trigger(struct trigger_writer *self, const char *name, const char *when,
                  const char *row)
{
    AUTO_TEXT sql = {0};
    begin_trigger(&sql, self, name, when);
    text_add(&sql, " BEGIN ");
    capture_log_into_add(&sql, self->capture);
    text_add(&sql, " VALUES(");
    add_key_list(&sql, self, row);
    text_add(&sql, ")");
    end_trigger(&sql, self, name);
}

static void
add_column_list(struct text *sql, const struct source_table *table, const bool *columns)
{
    const char *separator = " OF ";
    for (size_t i = 0; i < table->column_count; i++) {
        if (columns[i]) {
            text_add(sql, separator);
            source_quote(sql, table->columns[i].name.text);
            separator = ",";
        }
    }
}

/* UPDATE OF looks at the names that the statement sets. A generated column changes without
 * being named, and the rowid has several names: then every update has to be looked at. */
static bool
are_set_by_name(const struct source_table *table, const bool *columns)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (columns[i] && (table->columns[i].rowid_alias ||
                           table->columns[i].generated != SQL_GENERATED_NO)) {
            return false;
        }
    }
    return true;
}

static bool *
key_columns(const struct trigger_writer *self)
{
    bool *columns = arena_alloc(self->arena, self->table->column_count * sizeof *columns);
    for (size_t i = 0; !self->capture->by_rowid && i < self->capture->key_count; i++) {
        columns[self->capture->key_columns[i]] = true;
    }
    return columns;
}

/* The key that a row had before an update changed it. */
static void
write_key_trigger(struct trigger_writer *self)
{
    AUTO_TEXT sql = {0};
    AUTO_TEXT when = {0};
    const bool *columns = key_columns(self);
    text_add(&when, "AFTER UPDATE");
    if (!self->capture->by_rowid && are_set_by_name(self->table, columns)) {
        add_column_list(&when, self->table, columns);
    }
    begin_trigger(&sql, self, "key", text_string(&when));
    text_add(&sql, " WHEN ");
    capture_key_differs_add(&sql, self->table, self->capture, "OLD.", "NEW.");
    text_add(&sql, " BEGIN ");
    capture_log_into_add(&sql, self->capture);
    text_add(&sql, " VALUES(");
    add_key_list(&sql, self, "OLD.");
    text_add(&sql, ")");
    end_trigger(&sql, self, "key");
}

/* The index's expression, of the new row: its columns are given their new values by name. */
static void
add_new_expr(struct text *sql, const struct trigger_writer *self, const struct sql_expr *expr)
{
    const struct source_table *table = self->table;
    bool *columns = arena_alloc(self->arena, table->column_count * sizeof *columns);
    bool known = capture_expr_columns(expr, table, columns);
    const char *separator = "";
    text_add(sql, "(SELECT ");
    capture_expr_add(sql, expr);
    text_add(sql, " FROM (SELECT ");
    for (size_t i = 0; i < table->column_count; i++) {
        if (columns[i] || !known) {
            text_printf(sql, "%sNEW.", separator);
            source_quote(sql, table->columns[i].name.text);
            text_add(sql, " AS ");
            source_quote(sql, table->columns[i].name.text);
            separator = ",";
        }
    }
    text_add(sql, *separator == '\0' ? "1))" : "))");
}

static void
add_match(struct text *sql, const struct trigger_writer *self,
          const struct source_index_column *column)
{
    if (column->column >= 0) {
        const char *name = self->table->columns[column->column].name.text;
        text_add(sql, ROW);
        source_quote(sql, name);
        text_add(sql, "=NEW.");
        source_quote(sql, name);
    } else {
        text_add(sql, "(");
        capture_expr_add(sql, column->expr);
        text_add(sql, ")=");
        add_new_expr(sql, self, column->expr);
    }
    text_add(sql, " COLLATE ");
    source_quote(sql, column->collation);
}

/* What an index depends on: its columns, and those of its expressions and condition. */
static void
collect_columns(const struct trigger_writer *self, const struct capture_rival *rival,
                bool *columns)
{
    for (size_t i = 0; i < rival->column_count; i++) {
        if (rival->columns[i].column >= 0) {
            columns[rival->columns[i].column] = true;
        } else {
            capture_expr_columns(rival->columns[i].expr, self->table, columns);
        }
    }
    capture_expr_columns(rival->where, self->table, columns);
}

static void
add_changed(struct text *sql, const struct source_table *table, const bool *columns)
{
    const char *separator = "";
    for (size_t i = 0; i < table->column_count; i++) {
        if (columns[i]) {
            text_printf(sql, "%sOLD.", separator);
            source_quote(sql, table->columns[i].name.text);
            text_add(sql, " IS NOT NEW.");
            source_quote(sql, table->columns[i].name.text);
            text_add(sql, " COLLATE BINARY");
            separator = " OR ";
        }
    }
}

/* FROM: the rows that this index would not let stand beside the new one. Those with the new row's
 * own key are logged by the row itself. */
static void
add_rival_rows(struct text *sql, const struct trigger_writer *self,
               const struct capture_rival *rival, bool update)
{
    text_add(sql, " FROM ");
    source_quote(sql, self->table->name.text);
    text_add(sql, " AS _outgrow_row WHERE ");
    for (size_t i = 0; i < rival->column_count; i++) {
        text_add(sql, i == 0 ? "" : " AND ");
        add_match(sql, self, &rival->columns[i]);
    }
    if (rival->where != NULL) {
        text_add(sql, " AND (");
        capture_expr_add(sql, rival->where);
        text_add(sql, ")");
    }
    text_add(sql, " AND (");
    capture_key_differs_add(sql, self->table, self->capture, ROW, "NEW.");
    if (!update && key_is_integer(self->table, self->capture, 0)) {
        text_add(sql, " OR "); /* a rowid that is not given is -1 here */
        capture_key_add(sql, self->table, self->capture, 0, "NEW.");
        text_add(sql, "=-1");
    }
    text_add(sql, ")");
    if (update && self->rival_count > 1 && !rival->everything) {
        bool *columns = arena_alloc(self->arena, self->table->column_count * sizeof *columns);
        collect_columns(self, rival, columns);
        text_add(sql, " AND (");
        add_changed(sql, self->table, columns);
        text_add(sql, ")");
    }
}

/* WHEN there is such a row at all, which is rare: the log has a trigger of its own, so that SQLite
 * makes a table in memory for each INSERT ... SELECT into it. */
static void
add_rivals_exist(struct text *sql, const struct trigger_writer *self, bool update)
{
    for (size_t i = 0; i < self->rival_count; i++) {
        text_add(sql, i == 0 ? "EXISTS (SELECT 1" : " OR EXISTS (SELECT 1");
        add_rival_rows(sql, self, &self->rivals[i], update);
        text_add(sql, ")");
    }
}

static void
add_rival_statements(struct text *sql, const struct trigger_writer *self, bool update)
{
    text_add(sql, " BEGIN ");
    for (size_t i = 0; i < self->rival_count; i++) {
        text_add(sql, i == 0 ? "" : "; ");
        capture_log_into_add(sql, self->capture);
        text_add(sql, " SELECT ");
        add_key_list(sql, self, ROW);
        add_rival_rows(sql, self, &self->rivals[i], update);
    }
}

static void
write_before_insert(struct trigger_writer *self)
{
    AUTO_TEXT sql = {0};
    begin_trigger(&sql, self, "before_insert", "BEFORE INSERT");
    text_add(&sql, " WHEN ");
    add_rivals_exist(&sql, self, false);
    add_rival_statements(&sql, self, false);
    end_trigger(&sql, self, "before_insert");
}

static void
write_before_update(struct trigger_writer *self)
{
    AUTO_TEXT sql = {0};
    AUTO_TEXT when = {0};
    bool everything = false;
    bool *columns = arena_alloc(self->arena, self->table->column_count * sizeof *columns);
    for (size_t i = 0; i < self->rival_count; i++) {
        everything |= self->rivals[i].everything;
        collect_columns(self, &self->rivals[i], columns);
    }
    text_add(&when, "BEFORE UPDATE");
    if (!everything && are_set_by_name(self->table, columns)) {
        add_column_list(&when, self->table, columns);
    }
    begin_trigger(&sql, self, "before_update", text_string(&when));
    text_add(&sql, " WHEN (");
    if (!everything) {
        add_changed(&sql, self->table, columns);
        text_add(&sql, ") AND (");
    }
    add_rivals_exist(&sql, self, true);
    text_add(&sql, ")");
    add_rival_statements(&sql, self, true);
    end_trigger(&sql, self, "before_update");
}

bool
capture_triggers_write(struct arena *arena, const struct source_table *table,
                       const struct capture_table *capture, struct capture_trigger *triggers,
                       size_t *count, const char **why)
{
    struct capture_rival *rivals = NULL;
    struct trigger_writer self = {
        .arena = arena, .table = table, .capture = capture, .triggers = triggers};
    if (!capture_rivals_find(arena, table, capture, &rivals, &self.rival_count, why)) {
        return false;
    }
    self.rivals = rivals;
    if (self.rival_count > 0) {
        write_before_insert(&self);
        write_before_update(&self);
    }
    write_log_trigger(&self, "insert", "AFTER INSERT", "NEW.");
    write_log_trigger(&self, "delete", "AFTER DELETE", "OLD.");
    write_log_trigger(&self, "update", "AFTER UPDATE", "NEW.");
    write_key_trigger(&self);
    *count = self.count;
    return true;
}
