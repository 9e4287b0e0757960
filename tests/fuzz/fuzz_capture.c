/* fuzz_capture.c — any schema: capture is installed or refused, what the application could write it
 * still can, each change of it is logged, and taken out again nothing is left. */
#include "base/text.h"
#include "capture/capture.h"
#include "fuzz.h"
#include "sqlite/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS_MAX = 20, STEP_INSTRUCTIONS = 10000, VALUE_MAX = 100000 };

struct fuzzed {
    char path[64];
    struct arena arena;
    sqlite3 *app;
    int steps;
};

static void
check(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Whatever the text asks for: it ends soon. */
static int
count_steps(void *context)
{
    return ++((struct fuzzed *)context)->steps > STEPS_MAX;
}

static void
open_app(struct fuzzed *self)
{
    check(sqlite3_open(self->path, &self->app) == SQLITE_OK);
    sqlite3_limit(self->app, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(self->app, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    sqlite3_limit(self->app, SQLITE_LIMIT_TRIGGER_DEPTH, 20);
    sqlite3_progress_handler(self->app, STEP_INSTRUCTIONS, count_steps, self);
}

static const char *
value_of(struct fuzzed *self, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    const char *value = "";
    if (sqlite3_prepare_v2(self->app, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL) {
        value = arena_strdup(&self->arena, (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return value;
}

static const char schema_rows[] = "SELECT group_concat(type || name || tbl_name || "
                                  "coalesce(sql, '-'), char(10)) FROM sqlite_schema";

/* What comes of writes to each table, as result codes; all of it rolled back. */
static const char *
try_writes(struct fuzzed *self, const struct catalog *catalog)
{
    AUTO_TEXT codes = {0};
    for (size_t i = 0; i < catalog->table_count; i++) {
        static const char *const forms[] = {
            "INSERT INTO %s DEFAULT VALUES", "INSERT OR REPLACE INTO %s DEFAULT VALUES",
            "UPDATE OR REPLACE %s SET %s = 1", "DELETE FROM %s"};
        AUTO_TEXT table = {0};
        AUTO_TEXT column = {0};
        source_quote(&table, catalog->tables[i].name.text);
        source_quote(&column, catalog->tables[i].columns[0].name.text);
        sqlite3_exec(self->app, "BEGIN", NULL, NULL, NULL);
        for (size_t j = 0; j < sizeof forms / sizeof *forms; j++) {
            char *sql = j == 2 ? sqlite3_mprintf("UPDATE OR REPLACE %s SET %s = 1",
                                                 text_string(&table), text_string(&column))
                               : sqlite3_mprintf(forms[j], text_string(&table), "");
            self->steps = 0;
            text_printf(&codes, "%d ", sqlite3_exec(self->app, sql, NULL, NULL, NULL));
            sqlite3_free(sql);
        }
        sqlite3_exec(self->app, "ROLLBACK", NULL, NULL, NULL);
    }
    return arena_strdup(&self->arena, text_string(&codes));
}

/* A row that is really there has its key in the log. */
static void
check_logged(struct fuzzed *self, const struct catalog *catalog,
             const struct capture_table *tables)
{
    for (size_t i = 0; i < catalog->table_count; i++) {
        AUTO_TEXT sql = {0};
        int64_t before = strtoll(value_of(self, "SELECT max(seq) FROM _outgrow_log"), NULL, 10);
        text_add(&sql, "INSERT INTO ");
        source_quote(&sql, catalog->tables[i].name.text);
        text_add(&sql, " DEFAULT VALUES");
        self->steps = 0;
        if (tables[i].refusal == NULL &&
            sqlite3_exec(self->app, text_string(&sql), NULL, NULL, NULL) == SQLITE_OK &&
            sqlite3_changes(self->app) > 0 && catalog->object_count == 0) {
            check(strtoll(value_of(self, "SELECT max(seq) FROM _outgrow_log"), NULL, 10) >
                  before);
        }
    }
}

static void
install_and_remove(struct fuzzed *self, struct source *writer, struct catalog *catalog)
{
    struct error err = {0};
    struct capture_table *tables = NULL;
    char id[CAPTURE_ID_SIZE];
    const char *schema = value_of(self, schema_rows);
    const char *codes = try_writes(self, catalog);
    if (!capture_choose_keys(writer, &self->arena, catalog, NULL, &tables, &err) ||
        !capture_install(writer, catalog, tables, NULL, id, &err)) {
        check(err.kind == ERROR_SOURCE);
        check(strcmp(value_of(self, schema_rows), schema) == 0);
        return;
    }
    check(strcmp(try_writes(self, catalog), codes) == 0);
    check_logged(self, catalog, tables);
    check(capture_remove(writer, &err));
    check(strcmp(value_of(self, schema_rows), schema) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzzed self = {0};
    bool memory = access("/dev/shm", W_OK) == 0; /* no disk to wait for */
    snprintf(self.path, sizeof self.path, "%s/outgrow-fuzz-XXXXXX",
             memory ? "/dev/shm" : "/tmp");
    struct source writer = {0};
    struct catalog catalog;
    struct error err = {0};
    char *text = arena_strndup(&self.arena, (const char *)data, size);
    if (strcasestr(text, "_outgrow") != NULL) { /* names that are ours */
        arena_free(&self.arena);
        return 0;
    }
    int descriptor = mkstemp(self.path);
    check(descriptor >= 0);
    close(descriptor);
    open_app(&self);
    sqlite3_exec(self.app, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF", NULL, NULL,
                 NULL);
    sqlite3_exec(self.app, text, NULL, NULL, NULL);
    sqlite3_close(self.app);
    open_app(&self); /* the text may have set what it liked */
    if (source_open_writable(&writer, self.path, 0, &err) &&
        catalog_read(&writer, &self.arena, &catalog, &err)) {
        install_and_remove(&self, &writer, &catalog);
    }
    source_close(&writer);
    sqlite3_close(self.app);
    arena_free(&self.arena);
    unlink(self.path);
    return 0;
}
