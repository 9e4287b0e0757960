/* fence_watch.c — is the fence still there as it was raised, and putting it up again. */
#include "capture/fence.h"
#include "capture/internal.h"

enum { FENCE_TRIGGERS = 3 };

/* A table that is there and has less triggers of the fence than it got: 1; none such: 0. */
static const char broken_sql[] = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = "
                                 "'table' AND name = ?1 COLLATE "
                                 "NOCASE) AND (SELECT count(*) FROM main.sqlite_schema WHERE "
                                 "type = 'trigger' AND tbl_name = "
                                 "?1 COLLATE NOCASE AND name GLOB '" CAPTURE_FENCE_GLOB
                                 "') < ?2";

bool
fence_is_whole(struct source *source, const struct catalog *catalog, bool *whole,
               struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    struct capture_state state;
    *whole = false;
    if (!capture_state_read(source, false, &state, err)) {
        return false;
    }
    if (!state.fenced) {
        return true;
    }
    if (!writer_prepare(source, "look at the fence", broken_sql, &statement, err)) {
        return false;
    }
    *whole = true;
    for (size_t i = 0; i < catalog->table_count && *whole; i++) {
        if (catalog->tables[i].query != NULL) {
            continue;
        }
        sqlite3_reset(statement);
        sqlite3_bind_text(statement, 1, catalog->tables[i].name.text, -1, SQLITE_STATIC);
        sqlite3_bind_int(statement, 2, FENCE_TRIGGERS);
        if (sqlite3_step(statement) != SQLITE_ROW) {
            return source_failed(source, err, "look at the fence of %s", source->path);
        }
        *whole = sqlite3_column_int(statement, 0) == 0;
    }
    return true;
}

bool
fence_mend(struct source *writer, const char *words, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct catalog catalog;
    return catalog_read(writer, &memory, &catalog, err) && fence_lower(writer, err) &&
           fence_raise(writer, &catalog, words, err);
}
