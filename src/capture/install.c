/* install.c — puts capture into a file, brings it up to date, and takes it out. */
#include "capture/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A trigger that the file has. */
struct present_trigger {
    const char *name;
    const char *sql;
    int64_t row; /* in sqlite_schema: later ones fire first */
    bool wanted;
};

struct installation {
    struct source *writer;
    struct arena *arena;
    const struct catalog *catalog;
    struct capture_table *tables;
    const struct capture_owner *owner; /* NULL: as it is */
    struct capture_known *known;
    size_t known_count;
    int64_t next_id;
    struct present_trigger *present; /* ours, sorted by name */
    size_t present_count;
    int64_t
        *newest_foreign; /* per table of the catalog: row of the application's last trigger */
    size_t trigger_count;
};

static const char doing[] = "install capture";

static bool
remove_tables(struct source *writer, const char *triggers, struct error *err)
{
    AUTO_SCHEMA_EDIT edit = {0};
    return schema_edit_begin(&edit, writer, err) && schema_edit_remove(&edit, triggers, err) &&
           schema_edit_end(&edit, err) &&
           writer_run(writer, "remove capture",
                      "DROP TABLE IF EXISTS main._outgrow_log; "
                      "DROP TABLE IF EXISTS main._outgrow_meta",
                      err);
}

static bool
create_tables(struct installation *self, size_t keys, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "CREATE TABLE main._outgrow_log(seq INTEGER PRIMARY KEY,t");
    for (size_t i = 1; i <= keys; i++) {
        text_printf(&sql, ",k%zu", i);
    }
    text_add(&sql, "); CREATE TABLE main._outgrow_meta(k PRIMARY KEY,v)");
    return writer_run(self->writer, doing, text_string(&sql), err) &&
           meta_set(self->writer, "format", "1", err);
}

static bool
log_has_key(struct installation *self, size_t key)
{
    char name[24];
    snprintf(name, sizeof name, "k%zu", key);
    return sqlite3_table_column_metadata(self->writer->handle, "main", "_outgrow_log", name,
                                         NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
}

static bool
widen_log(struct installation *self, size_t keys, struct error *err)
{
    for (size_t i = 1; i <= keys; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "ALTER TABLE main._outgrow_log ADD COLUMN k%zu", i);
        if (!log_has_key(self, i) && !writer_run(self->writer, doing, sql, err)) {
            return false;
        }
    }
    return true;
}

static bool
check_format(struct installation *self, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!writer_prepare(self->writer, doing,
                        "SELECT v FROM main._outgrow_meta WHERE k = 'format'", &statement,
                        err)) {
        return false;
    }
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1) {
        return true;
    }
    error_set(err, ERROR_SOURCE, "%s is captured in a way this version does not know",
              self->writer->path);
    return error_hint(err, "use the version that began the move, or end it and start again");
}

static bool
prepare_tables(struct installation *self, struct error *err)
{
    size_t keys = 1;
    for (size_t i = 0; i < self->catalog->table_count; i++) {
        keys = self->tables[i].key_count > keys ? self->tables[i].key_count : keys;
    }
    if (capture_is_installed(self->writer)) {
        return check_format(self, err) && widen_log(self, keys, err);
    }
    /* An application that drops the tables it does not know may have left a part of it. */
    return remove_tables(self->writer, CAPTURE_TRIGGER_GLOB, err) &&
           create_tables(self, keys, err);
}

/* The install's id, its first nonce, and how far its log may grow: at no moment, whoever is killed
 * then, without an end. */
static bool
name_installation(struct installation *self, char id[CAPTURE_ID_SIZE], struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    char nonce[CAPTURE_ID_SIZE];
    if (!writer_prepare(self->writer, doing,
                        "SELECT v FROM main._outgrow_meta WHERE k = 'install'", &statement,
                        err)) {
        return false;
    }
    if (sqlite3_step(statement) == SQLITE_ROW) {
        snprintf(id, CAPTURE_ID_SIZE, "%s", (const char *)sqlite3_column_text(statement, 0));
        return true;
    }
    return random_id(id, err) && random_id(nonce, err) &&
           meta_set(self->writer, CAPTURE_META_INSTALL, id, err) &&
           meta_set(self->writer, CAPTURE_META_NONCE, nonce, err) &&
           meta_set(self->writer, CAPTURE_META_PREVIOUS, nonce, err) &&
           (self->owner == NULL ||
            capture_room_set(self->writer, self->owner->log_rows, 0, err));
}

/* Two that cut the log off would take it from each other. */
static bool
claim(struct installation *self, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    const struct capture_owner *owner = self->owner;
    if (owner == NULL) {
        return true;
    }
    if (!writer_prepare(self->writer, doing,
                        "SELECT v, (SELECT v FROM main._outgrow_meta WHERE k = 'owned_by') "
                        "FROM main._outgrow_meta WHERE k = 'owner'",
                        &statement, err)) {
        return false;
    }
    if (sqlite3_step(statement) != SQLITE_ROW) {
        return meta_set(self->writer, CAPTURE_META_OWNER, owner->id, err) &&
               meta_set(self->writer, CAPTURE_META_OWNED_BY, owner->words, err);
    }
    if (strcmp((const char *)sqlite3_column_text(statement, 0), owner->id) == 0) {
        return true;
    }
    const char *words = (const char *)sqlite3_column_text(statement, 1);
    error_set(err, ERROR_NOT_NOW, "%s is kept in step with another target already: %s",
              self->writer->path, words == NULL ? "" : words);
    return error_hint(err,
                      "a file has one target at a time; outgrow sync --uninstall gives that "
                      "one up, and does so with any TARGET where it is gone");
}

static bool
read_next_id(struct installation *self, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!writer_prepare(self->writer, doing,
                        "SELECT coalesce(max(CAST(substr(k, 7) AS INTEGER)), 0) + 1 "
                        "FROM main._outgrow_meta WHERE k GLOB 'table:*'",
                        &statement, err)) {
        return false;
    }
    if (sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(self->writer, err, "%s", doing);
    }
    self->next_id = sqlite3_column_int64(statement, 0);
    return true;
}

static bool
note_table(struct installation *self, int64_t id, const char *table, const char *key,
           struct error *err)
{
    char name[40];
    snprintf(name, sizeof name, "table:%" PRId64, id);
    if (!meta_set(self->writer, name, table, err)) {
        return false;
    }
    snprintf(name, sizeof name, "key:%" PRId64, id);
    return meta_set(self->writer, name, key, err);
}

/* The table's id of old, unless its key is another one now: what the log holds under that id
 * could not be read any more. */
static bool
give_id(struct installation *self, struct capture_table *capture, struct error *err)
{
    const struct source_table *table = &self->catalog->tables[capture->position];
    const char *key = capture_key_text(self->arena, table, capture);
    const struct capture_known *known = capture_known_find(self->known, self->known_count,
                                                           table->name.text);
    if (known != NULL && strcmp(known->key, key) == 0) {
        capture->id = known->id;
        return strcmp(known->table, table->name.text) == 0 ||
               note_table(self, capture->id, table->name.text, key, err);
    }
    capture->id = self->next_id++;
    return note_table(self, capture->id, table->name.text, key, err);
}

static bool
give_ids(struct installation *self, struct error *err)
{
    if (!capture_known_read(self->writer, self->arena, &self->known, &self->known_count, err) ||
        !read_next_id(self, err)) {
        return false;
    }
    for (size_t i = 0; i < self->catalog->table_count; i++) {
        self->tables[i].id = 0;
        self->tables[i].renewed = false;
        if (self->tables[i].refusal == NULL && !give_id(self, &self->tables[i], err)) {
            return false;
        }
    }
    return true;
}

static int
compare_present(const void *a, const void *b)
{
    return strcmp(((const struct present_trigger *)a)->name,
                  ((const struct present_trigger *)b)->name);
}

static void
take_present(struct installation *self, sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const char *sql = (const char *)sqlite3_column_text(row, 2);
    int64_t position = sqlite3_column_int64(row, 3);
    if (sqlite3_strnicmp(name, CAPTURE_PREFIX, sizeof CAPTURE_PREFIX - 1) != 0) {
        int table = catalog_find_table(self->catalog,
                                       (const char *)sqlite3_column_text(row, 1));
        if (table >= 0) {
            self->newest_foreign[table] = position;
        }
    } else if (sqlite3_strglob(CAPTURE_TRIGGER_GLOB, name) == 0) {
        *ARENA_APPEND(self->arena, self->present,
                      self->present_count) = (struct present_trigger){
            .name = arena_strdup(self->arena, name),
            .sql = arena_strdup(self->arena, sql == NULL ? "" : sql),
            .row = position};
    }
}

static bool
read_present(struct installation *self, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    self->present = NULL;
    self->present_count = 0;
    self->newest_foreign = arena_alloc(self->arena, (self->catalog->table_count + 1) *
                                                        sizeof *self->newest_foreign);
    int step = sqlite3_prepare_v2(self->writer->handle,
                                  "SELECT name, tbl_name, sql, rowid FROM main.sqlite_schema "
                                  "WHERE type = 'trigger' ORDER BY rowid",
                                  -1, &statement, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW) {
            take_present(self, statement);
        }
    }
    if (step != SQLITE_DONE) {
        return source_failed(self->writer, err, "%s", doing);
    }
    if (self->present_count > 0) {
        qsort(self->present, self->present_count, sizeof *self->present, compare_present);
    }
    return true;
}

static struct present_trigger *
find_present(struct installation *self, const char *name)
{
    const struct present_trigger wanted = {.name = name};
    return self->present_count == 0 ? NULL
                                    : bsearch(&wanted, self->present, self->present_count,
                                              sizeof *self->present, compare_present);
}

/* Ours must have been made last, so as to fire first: an AFTER trigger of the application may
 * end the others with RAISE(IGNORE). */
static bool
stands(struct installation *self, const struct capture_table *capture,
       const struct capture_trigger *triggers, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        const struct present_trigger *found = find_present(self, triggers[i].name);
        all &= found != NULL && strcmp(found->sql, triggers[i].sql) == 0 &&
               found->row > self->newest_foreign[capture->position];
    }
    return all;
}

static bool
install_table(struct installation *self, struct schema_edit *edit,
              struct capture_table *capture, struct error *err)
{
    const struct source_table *table = &self->catalog->tables[capture->position];
    struct capture_trigger triggers[CAPTURE_TRIGGERS_MAX];
    size_t count = 0;
    const char *why = NULL;
    if (!capture_triggers_write(self->arena, table, capture, triggers, &count, &why)) {
        capture->refusal = why;
        capture->id = 0;
        return true;
    }
    self->trigger_count += count;
    bool renew = !stands(self, capture, triggers, count);
    capture->renewed |= renew;
    for (size_t i = 0; i < count; i++) {
        struct present_trigger *found = find_present(self, triggers[i].name);
        if (found != NULL) {
            found->wanted = !renew;
        }
        if (renew &&
            !schema_edit_add(edit, triggers[i].name, table->name.text, triggers[i].sql, err)) {
            return false;
        }
    }
    return true;
}

/* The one on the log. */
static bool
install_room(struct installation *self, struct schema_edit *edit, struct error *err)
{
    struct present_trigger *found = find_present(self, capture_room_trigger_name);
    self->trigger_count++;
    if (found != NULL && strcmp(found->sql, capture_room_trigger_sql) == 0) {
        found->wanted = true;
        return true;
    }
    return schema_edit_add(edit, capture_room_trigger_name, "_outgrow_log",
                           capture_room_trigger_sql, err);
}

static bool
install_triggers(struct installation *self, struct error *err)
{
    AUTO_SCHEMA_EDIT edit = {0};
    char count[24];
    if (!schema_edit_begin(&edit, self->writer, err)) {
        return false;
    }
    self->trigger_count = 0;
    for (size_t i = 0; i < self->catalog->table_count; i++) {
        if (self->tables[i].refusal == NULL &&
            !install_table(self, &edit, &self->tables[i], err)) {
            return false;
        }
    }
    if (!install_room(self, &edit, err)) {
        return false;
    }
    for (size_t i = 0; i < self->present_count; i++) {
        if (!self->present[i].wanted &&
            !schema_edit_remove_row(&edit, self->present[i].row, err)) {
            return false;
        }
    }
    snprintf(count, sizeof count, "%zu", self->trigger_count);
    return schema_edit_end(&edit, err) &&
           meta_set(self->writer, CAPTURE_META_TRIGGERS, count, err);
}

static bool
install(struct installation *self, char id[CAPTURE_ID_SIZE], struct error *err)
{
    bool refused = false;
    bool done = prepare_tables(self, err) && claim(self, err) &&
                name_installation(self, id, err) && give_ids(self, err) &&
                read_present(self, err) && install_triggers(self, err) &&
                capture_triggers_try(self->writer, self->arena, self->catalog, self->tables,
                                     &refused, err);
    /* Once more, which takes out the triggers of the tables that are refused now. */
    return done && (!refused || (read_present(self, err) && install_triggers(self, err)));
}

bool
capture_install(struct source *writer, const struct catalog *catalog,
                struct capture_table *tables, const struct capture_owner *owner,
                char id_out[CAPTURE_ID_SIZE], struct error *err)
{
    AUTO_ARENA arena = {0};
    struct writing writing;
    struct installation self = {.writer = writer,
                                .arena = &arena,
                                .catalog = catalog,
                                .tables = tables,
                                .owner = owner};
    return writing_begin(&writing, writer, err) &&
           writing_end(&writing, install(&self, id_out, err), err);
}

bool
capture_remove(struct source *writer, struct error *err)
{
    struct writing writing;
    return writing_begin(&writing, writer, err) &&
           writing_end(&writing, remove_tables(writer, CAPTURE_PREFIX "*", err), err);
}
