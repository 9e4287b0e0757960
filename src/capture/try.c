/* try.c — whether SQLite takes our triggers, before the application has to. */
#include "base/stop.h"
#include "capture/internal.h"

#include <string.h>

/* What only the application has: no fault of ours, and its own writes know it. */
static bool
is_the_applications(const char *message)
{
    static const char *const starts[] = {
        "no such function: ", "no such collation sequence: ", "no such module: "};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (strncmp(message, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void
add_update(struct text *sql, const struct source_table *table)
{
    const char *separator = " SET ";
    text_add(sql, "UPDATE main.");
    source_quote(sql, table->name.text);
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].generated == SQL_GENERATED_NO) {
            text_add(sql, separator);
            source_quote(sql, table->columns[i].name.text);
            text_add(sql, "=");
            source_quote(sql, table->columns[i].name.text);
            separator = ",";
        }
    }
}

/* Compiles, which compiles the triggers as well; runs nothing. */
static bool
compiles(sqlite3 *handle, const char *format, const struct source_table *table)
{
    AUTO_STATEMENT *statement = NULL;
    AUTO_TEXT name = {0};
    AUTO_TEXT sql = {0};
    if (format == NULL) {
        add_update(&sql, table);
    } else {
        source_quote(&name, table->name.text);
        text_add(&sql, format);
        text_add(&sql, text_string(&name));
        text_add(&sql, format[0] == 'I' ? " DEFAULT VALUES" : "");
    }
    return sqlite3_prepare_v2(handle, text_string(&sql), -1, &statement, NULL) == SQLITE_OK;
}

static bool
writes_compile(sqlite3 *handle, const struct source_table *table)
{
    return compiles(handle, "INSERT INTO main.", table) && compiles(handle, NULL, table) &&
           compiles(handle, "DELETE FROM main.", table);
}

/* The table alone, without what else the application has, in a database of its own. */
static bool
build_alone(sqlite3 *handle, struct arena *arena, const struct source_table *table,
            const struct capture_table *capture)
{
    struct capture_trigger triggers[CAPTURE_TRIGGERS_MAX];
    size_t count = 0;
    const char *why = NULL;
    AUTO_TEXT sql = {0};
    text_add(&sql, "CREATE TABLE _outgrow_log(seq INTEGER PRIMARY KEY,t");
    for (size_t i = 1; i <= capture->key_count; i++) {
        text_printf(&sql, ",k%zu", i);
    }
    text_printf(&sql, "); %s;", table->sql);
    for (size_t i = 0; i < table->index_count; i++) {
        text_printf(&sql, "%s;", table->indexes[i].sql == NULL ? "" : table->indexes[i].sql);
    }
    if (!capture_triggers_write(arena, table, capture, triggers, &count, &why)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        text_printf(&sql, "%s;", triggers[i].sql);
    }
    return sqlite3_exec(handle, text_string(&sql), NULL, NULL, NULL) == SQLITE_OK;
}

static void
try_alone(struct arena *arena, const struct source_table *table, struct capture_table *capture)
{
    AUTO_SOURCE alone = {0};
    bool works = source_open_memory(&alone) &&
                 build_alone(alone.handle, arena, table, capture) &&
                 writes_compile(alone.handle, table);
    if (!works) {
        capture->refusal = arena_printf(arena, "SQLite does not take triggers on it: %s",
                                        sqlite3_errmsg(alone.handle));
    }
}

static void
try_table(sqlite3 *handle, struct arena *arena, const struct source_table *table,
          struct capture_table *capture)
{
    if (!writes_compile(handle, table) && !is_the_applications(sqlite3_errmsg(handle))) {
        try_alone(arena, table, capture);
    }
}

bool
capture_triggers_try(struct source *writer, struct arena *arena, const struct catalog *catalog,
                     struct capture_table *tables, bool *refused, struct error *err)
{
    writer_fire_triggers(writer, true);
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (tables[i].renewed && tables[i].refusal == NULL) {
            try_table(writer->handle, arena, &catalog->tables[tables[i].position], &tables[i]);
        }
        *refused |= tables[i].renewed && tables[i].refusal != NULL;
        tables[i].id = tables[i].refusal == NULL ? tables[i].id : 0;
    }
    writer_fire_triggers(writer, false);
    return stop_check(err);
}
