/* row_copy.c — begins or resumes a copy, and puts it in its place; see row_copy.h. */
#include "capture/row_copy.h"

#include "base/path.h"
#include "base/stop.h"
#include "capture/row_copy_internal.h"
#include "sqlite/copy_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
row_copy_run(struct row_copy *self, const char *sql, struct error *err)
{
    return sqlite3_exec(self->copy.handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           source_failed(&self->copy, err, "write the copy %s", self->partial);
}

bool
row_copy_note(struct row_copy *self, const char *key, const char *value, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!writer_prepare(&self->copy, "note what is copied",
                        "INSERT OR REPLACE INTO main._outgrow_copy VALUES(?1, ?2)", &statement,
                        err)) {
        return false;
    }
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    return sqlite3_step(statement) == SQLITE_DONE ||
           source_failed(&self->copy, err, "note what is copied");
}

static bool
row_copy_noted(struct row_copy *self, const char *key, const char **value, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    *value = NULL;
    if (!writer_prepare(&self->copy, "read what is copied",
                        "SELECT v FROM main._outgrow_copy WHERE k = ?1", &statement, err)) {
        return false;
    }
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        *value = arena_strdup(self->arena, (const char *)sqlite3_column_text(statement, 0));
    }
    return true;
}

enum { PARTIAL_SIZE = PATH_MAX + 16 };

static void
partial_name(const char *path, char name[PARTIAL_SIZE])
{
    snprintf(name, PARTIAL_SIZE, "%s.rows", path);
}

bool
source_row_copy_is_begun(const char *path)
{
    char partial[PARTIAL_SIZE];
    partial_name(path, partial);
    return access(partial, F_OK) == 0;
}

void
source_row_copy_discard(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char partial[PARTIAL_SIZE];
    partial_name(path, partial);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[PARTIAL_SIZE + 16];
        snprintf(name, sizeof name, "%s%s", partial, suffixes[i]);
        unlink(name);
    }
}

static bool
note_number(struct row_copy *self, const char *key, int64_t number, struct error *err)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    return row_copy_note(self, key, text, err);
}

static bool
begin_copy(struct row_copy *self, const struct capture_state *state, struct error *err)
{
    source_close(&self->copy);
    source_row_copy_discard(self->path);
    self->moment = 0;
    self->settled = state->last_seq;
    self->version = state->schema_version;
    return copy_file_create(self->partial, err) &&
           copy_file_open(&self->copy, self->partial, err) &&
           row_copy_create_schema(self, err) &&
           row_copy_note(self, "install", self->install, err) &&
           row_copy_note(self, "schema", self->schema, err) &&
           note_number(self, "version", self->version, err) &&
           note_number(self, "settled", self->settled, err) &&
           row_copy_run(self, "COMMIT", err);
}

static bool
is_same(struct row_copy *self, const char *key, const char *expected)
{
    const char *value = NULL;
    struct error ignored;
    return row_copy_noted(self, key, &value, &ignored) && value != NULL &&
           strcmp(value, expected) == 0;
}

static bool
noted_number(struct row_copy *self, const char *key, int64_t *number)
{
    const char *value = NULL;
    struct error ignored;
    bool noted = row_copy_noted(self, key, &value, &ignored) && value != NULL;
    *number = noted ? strtoll(value, NULL, 10) : 0;
    return noted;
}

bool
row_copy_note_moment(struct row_copy *self, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct capture_state state;
    const char *fingerprint = NULL;
    if (!capture_state_read(self->source, false, &state, err)) {
        return false;
    }
    if (state.last_seq == self->moment) {
        return true;
    }
    self->moment = state.last_seq;
    return capture_fingerprint(self->source, self->moment, &memory, &fingerprint, err) &&
           note_number(self, "moment", self->moment, err) &&
           row_copy_note(self, "moment's row", fingerprint, err);
}

/* Whether the source is not an older one than rows were read of. */
static bool
has_moment(struct row_copy *self)
{
    struct error ignored;
    const char *fingerprint = NULL;
    return !noted_number(self, "moment", &self->moment) || self->moment == 0 ||
           (capture_fingerprint(self->source, self->moment, self->arena, &fingerprint,
                                &ignored) &&
            is_same(self, "moment's row", fingerprint));
}

/* An unfinished copy is of use if it is of this file with this schema, and the log still has
 * all that came after it. */
static bool
resume_copy(struct row_copy *self, const struct capture_state *state)
{
    struct error ignored;
    if (access(self->partial, F_OK) != 0 ||
        !copy_file_open(&self->copy, self->partial, &ignored) ||
        !is_same(self, "install", self->install) || !is_same(self, "schema", self->schema) ||
        !noted_number(self, "version", &self->version) ||
        !noted_number(self, "settled", &self->settled) || !has_moment(self)) {
        return false;
    }
    return state->last_seq == self->settled ||
           (state->last_seq > self->settled && state->first_seq <= self->settled + 1);
}

static bool
open_copy(struct row_copy *self, struct error *err)
{
    struct capture_state state;
    if (!capture_state_read(self->source, false, &state, err)) {
        return false;
    }
    if (!state.installed) {
        return error_set(err, ERROR_SOURCE, "%s is not captured", self->source->path);
    }
    self->install = arena_strdup(self->arena, state.install_id);
    return row_copy_schema_text(self->source, self->arena, &self->schema, err) &&
           (resume_copy(self, &state) || begin_copy(self, &state, err));
}

static bool
copy_one(struct row_copy *self, size_t table, struct error *err)
{
    const char *done = NULL;
    char key[40];
    snprintf(key, sizeof key, "table:%zu", table);
    if (!row_copy_noted(self, key, &done, err)) {
        return false;
    }
    bool logged = self->tables[table].refusal == NULL;
    progress_item_set(&self->items[table], PROGRESS_RUNNING);
    if (logged && done == NULL &&
        (!row_copy_table(self, table, err) || !row_copy_note(self, key, "done", err))) {
        progress_item_set(&self->items[table], PROGRESS_FAILED);
        return false;
    }
    progress_item_set(&self->items[table], PROGRESS_DONE);
    return true;
}

static bool
copy_tables(struct row_copy *self, struct error *err)
{
    for (size_t i = 0; i < self->catalog->table_count; i++) {
        if (!copy_one(self, i, err)) {
            return false;
        }
    }
    return true;
}

/* One file without a -wal, which is then renamed. */
static bool
finish_copy(struct row_copy *self, const char *path, const char *directory, struct error *err)
{
    if (!row_copy_finish_schema(self, err) ||
        !row_copy_run(self, "PRAGMA journal_mode=DELETE", err)) {
        return false;
    }
    source_close(&self->copy);
    return copy_file_put_in_place(self->partial, path, directory, err);
}

static bool
copy_rows(struct row_copy *self, const char *path, int64_t *position, struct error *err)
{
    char directory[PATH_MAX];
    return copy_file_directory(path, directory, err) && open_copy(self, err) &&
           copy_tables(self, err) && row_copy_settle(self, position, err) &&
           finish_copy(self, path, directory, err);
}

static struct progress_item *
make_items(struct arena *arena, const struct catalog *catalog)
{
    struct progress_item *items = arena_alloc(arena,
                                              (catalog->table_count + 1) * sizeof *items);
    for (size_t i = 0; i < catalog->table_count; i++) {
        items[i].name = catalog->tables[i].name.text;
    }
    return items;
}

bool
source_row_copy(const struct captured_source *from, const char *path, struct progress *progress,
                int64_t *position, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct row_copy self = {.path = path,
                            .source = from->source,
                            .catalog = from->catalog,
                            .tables = from->tables,
                            .arena = &arena,
                            .items = make_items(&arena, from->catalog)};
    bool wal = false;
    if (strlen(path) >= PATH_MAX) {
        return error_set(err, ERROR_USAGE, "\"%s\" is too long for a file name", path);
    }
    if (!source_is_wal(from->source, &wal, err)) {
        return false;
    }
    self.gentle = !wal;
    partial_name(path, self.partial);
    progress_begin(progress, "backup", "rows", self.items, from->catalog->table_count);
    bool done = copy_rows(&self, path, position, err);
    progress_end(progress);
    source_close(&self.copy);
    return done;
}
