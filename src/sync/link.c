/* link.c — see link.h. */
#include "sync/link.h"

#include "base/clock.h"
#include "sqlite/copy_file.h"
#include "sqlite/writer.h"

#include <string.h>
#include <sys/stat.h>

bool
sync_needs_rowid(const struct source_table *table, const struct capture_table *capture,
                 const bool *left_out)
{
    if (!capture->by_rowid || capture->refusal != NULL) {
        return false;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].rowid_alias) {
            return left_out != NULL && left_out[i];
        }
    }
    return true;
}

/* The plan's first column for a source column (a second one keeps an old id); or for the rowid,
 * when source_column is -1. */
static bool
find_field(const struct plan_table *plan, int source_column, size_t *field)
{
    for (size_t i = 0; i < plan->column_count; i++) {
        const struct plan_column *column = &plan->columns[i];
        bool found = source_column < 0 ? column->rowid || (column->source_position >= 0 &&
                                                           column->source->rowid_alias)
                                       : column->source_position == source_column;
        if (found) {
            *field = i;
            return true;
        }
    }
    return false;
}

/* Where in the copied columns a field of the plan is. */
static size_t
copied_index(const struct plan_table *plan, size_t field)
{
    size_t index = 0;
    for (size_t i = 0; i < field; i++) {
        index += plan_column_is_copied(&plan->columns[i]) ? 1 : 0;
    }
    return index;
}

static bool
find_keys(struct arena *arena, struct live_table *table, struct error *err)
{
    const struct capture_table *capture = table->capture;
    size_t count = table->read_whole ? 0 : capture->key_count;
    table->key_fields = arena_alloc(arena, (count + 1) * sizeof *table->key_fields);
    table->key_columns = arena_alloc(arena, (count + 1) * sizeof *table->key_columns);
    table->key_count = count;
    for (size_t i = 0; i < count; i++) {
        int column = capture->by_rowid ? -1 : capture->key_columns[i];
        if (!find_field(table->plan, column, &table->key_fields[i])) {
            return error_set(err, ERROR_USAGE,
                             "table \"%s\": what its rows are known by is not in the target",
                             table->source->name.text);
        }
        table->key_columns[i] = copied_index(table->plan, table->key_fields[i]);
    }
    return true;
}

static bool
tie_table(struct sync_link *link, size_t index, const struct capture_table *capture,
          const struct encode_settings *settings, struct error *err)
{
    const struct row_encoding encoding = {
        .plan = link->plan, .source = &link->reader, .settings = settings};
    struct live_table *table = &link->tables[link->table_count++];
    *table = (struct live_table){
        .plan = &link->plan->tables[index],
        .source = link->plan->tables[index].source,
        .capture = capture,
        .read_whole = capture->refusal != NULL,
        .has_set_aside = true,
    };
    return find_keys(link->arena, table, err) &&
           copied_columns_build(&encoding, link->arena, table->plan, &table->columns,
                                &table->column_count, err);
}

static bool
tie_tables(struct sync_link *link, const struct capture_table *captured, struct error *err)
{
    const struct encode_settings settings = {.utf16 = link->reader.utf16,
                                             .bad_text = link->settings.bad_text};
    size_t count = link->plan->table_count;
    link->tables = arena_alloc(link->arena, (count + 1) * sizeof *link->tables);
    for (size_t i = 0; i < count; i++) {
        if (link->plan->tables[i].problem == NULL &&
            !tie_table(link, i, &captured[link->plan->tables[i].source_position], &settings,
                       err)) {
            return false;
        }
    }
    return true;
}

bool
sync_link_unknown(const char *path, struct error *err)
{
    if (!source_look(path, err)) {
        return false;
    }
    error_set(err, ERROR_USAGE, "\"%s\" is not a live source of this target", path);
    return error_hint(err, "outgrow sync SOURCE TARGET makes it one");
}

static bool
load_live(struct sync_link *link, struct error *err)
{
    bool found = false;
    if (!live_load(link->conn, &link->live_memory, link->settings.source_path, &link->live,
                   &found, err)) {
        return false;
    }
    if (!found) {
        return sync_link_unknown(link->settings.source_path, err);
    }
    return true;
}

static bool
read_schema_text(struct sync_link *link, struct error *err)
{
    AUTO_SOURCE snapshot = {0};
    return source_open(&snapshot, link->settings.snapshot_path, err) &&
           sync_schema_text(&snapshot, link->arena, &link->schema_text, err);
}

static bool
note_place(struct sync_link *link, struct error *err)
{
    struct stat status;
    if (stat(link->settings.source_path, &status) != 0) {
        return error_set(err, ERROR_SYSTEM, "look at \"%s\"", link->settings.source_path);
    }
    link->device = (int64_t)status.st_dev;
    link->inode = (int64_t)status.st_ino;
    return true;
}

bool
sync_link_check_place(const struct sync_link *link, struct error *err)
{
    struct stat status;
    bool there = stat(link->settings.source_path, &status) == 0;
    if (there && (int64_t)status.st_dev == link->device &&
        (int64_t)status.st_ino == link->inode) {
        return true;
    }
    error_set(err, ERROR_SOURCE, "\"%s\" is not as it was left: %s", link->settings.source_path,
              there ? "another file was put in its place" : "it is gone");
    return error_hint(err, "put back the file that was there; outgrow sync says how to go on "
                           "with another one");
}

bool
sync_link_open(struct sync_link *link, const struct link_settings *settings,
               const struct link_plan *plan, struct arena *arena, struct error *err)
{
    *link = (struct sync_link){
        .settings = *settings,
        .arena = arena,
        .plan = plan->plan,
        .catalog = plan->catalog,
        .fresh_us = clock_monotonic_us(),
        .known_seq = -1,
    };
    /* Opened as a writer is: a reader that finds an application's half-done transaction would
     * look at a private copy. */
    return source_open_writable(&link->reader, settings->source_path, settings->busy_ms, err) &&
           source_open_writable(&link->writer, settings->source_path, settings->busy_ms, err) &&
           note_place(link, err) && target_connect(settings->conninfo, &link->conn, err) &&
           load_live(link, err) && read_schema_text(link, err) &&
           tie_tables(link, plan->captured, err);
}

bool
sync_link_reconnect(struct sync_link *link, struct error *err)
{
    target_connection_close(&link->conn);
    return target_connect(link->settings.conninfo, &link->conn, err);
}

/* While the server was away its database may have been made anew, and the source moved there again:
 * the plan in memory is not that move's. */
static bool
take_live(struct sync_link *link, const struct live *live, struct arena *memory,
          struct error *err)
{
    if (live->run_id != link->live.run_id ||
        strcmp(live->install_id, link->live.install_id) != 0) {
        error_set(err, ERROR_USAGE, "\"%s\" is in another move now, and this one is over",
                  link->settings.source_path);
        arena_free(memory);
        return error_hint(err, "start outgrow sync again: it goes on with that move");
    }
    arena_free(&link->live_memory);
    link->live_memory = *memory;
    link->live = *live;
    return true;
}

bool
sync_link_lock(struct sync_link *link, struct error *err)
{
    struct live_question none = {.sql = "NULL"};
    return sync_link_lock_asking(link, &none, err);
}

bool
sync_link_lock_asking(struct sync_link *link, struct live_question *question, struct error *err)
{
    struct arena memory = {0};
    struct live live;
    if (!live_lock_asking(link->conn, &memory, link->live.id, question, &live, err)) {
        arena_free(&memory);
        return false;
    }
    return take_live(link, &live, &memory, err);
}

bool
sync_link_look(struct sync_link *link, bool *found, struct error *err)
{
    struct arena memory = {0};
    struct live live;
    *found = false;
    bool ok = live_load(link->conn, &memory, link->settings.source_path, &live, found, err);
    if (*found) {
        return take_live(link, &live, &memory, err);
    }
    arena_free(&memory);
    return ok;
}

bool
sync_link_reload(struct sync_link *link, struct error *err)
{
    bool found = false;
    return sync_link_look(link, &found, err) &&
           (found ||
            error_set(err, ERROR_USAGE, "the source is live no more: its move has ended"));
}

bool
sync_link_directory(const struct sync_link *link, struct own_directory *directory,
                    struct error *err)
{
    char parent[PATH_MAX];
    return copy_file_directory(link->settings.snapshot_path, parent, err) &&
           own_directory_make(directory, parent, ".outgrow-copy-", err);
}

void
sync_link_close(struct sync_link *link)
{
    for (size_t i = 0; i < link->table_count; i++) {
        copied_columns_free(link->tables[i].columns, link->tables[i].column_count);
    }
    arena_free(&link->live_memory);
    arena_free(&link->own_memory);
    target_connection_close(&link->conn);
    source_close(&link->writer);
    source_close(&link->reader);
    *link = (struct sync_link){0};
}
