/* known.c — which ids and keys tables were given when capture was installed. */
#include "capture/internal.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const void *a, const void *b)
{
    const struct capture_known *left = a;
    const struct capture_known *right = b;
    int order = sqlite3_stricmp(left->table, right->table);
    return order != 0 ? order : (int)right->triggered - (int)left->triggered;
}

/* A table that was renamed has taken its triggers with it; another one may have its old name
 * by now. What the triggers say goes first. */
static size_t
keep_first(struct capture_known *known, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || sqlite3_stricmp(known[kept - 1].table, known[i].table) != 0) {
            known[kept++] = known[i];
        }
    }
    return kept;
}

static void
take(struct arena *arena, sqlite3_stmt *row, struct capture_known **known, size_t *count)
{
    const char *table = (const char *)sqlite3_column_text(row, 1);
    const char *key = (const char *)sqlite3_column_text(row, 2);
    *ARENA_APPEND(arena, *known, *count) = (struct capture_known){
        .id = sqlite3_column_int64(row, 0),
        .table = table == NULL ? "" : arena_strdup(arena, table),
        .key = key == NULL ? "" : arena_strdup(arena, key),
        .triggered = sqlite3_column_int(row, 3) != 0,
    };
}

bool
capture_known_read(struct source *source, struct arena *arena, struct capture_known **known,
                   size_t *count, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    *known = NULL;
    *count = 0;
    if (!capture_is_installed(source)) {
        return true;
    }
    int step = sqlite3_prepare_v2(
        source->handle,
        "SELECT CAST(substr(m.k, 7) AS INTEGER), coalesce(s.tbl_name, m.v), q.v, "
        "s.name IS NOT NULL "
        "FROM main._outgrow_meta AS m "
        "LEFT JOIN main._outgrow_meta AS q ON q.k = 'key:' || substr(m.k, 7) "
        "LEFT JOIN (SELECT name, tbl_name FROM main.sqlite_schema WHERE type = 'trigger' "
        "AND name GLOB '_outgrow_[0-9]*_insert') AS s "
        "ON s.name = '_outgrow_' || substr(m.k, 7) || '_insert' "
        "WHERE m.k GLOB 'table:*'",
        -1, &statement, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW) {
            take(arena, statement, known, count);
        }
    }
    if (step != SQLITE_DONE) {
        return source_failed(source, err, "read what is captured of %s", source->path);
    }
    if (*count > 0) {
        qsort(*known, *count, sizeof **known, compare);
        *count = keep_first(*known, *count);
    }
    return true;
}

static int
compare_table(const void *name, const void *known)
{
    return sqlite3_stricmp(name, ((const struct capture_known *)known)->table);
}

const struct capture_known *
capture_known_find(const struct capture_known *known, size_t count, const char *table)
{
    return count == 0 ? NULL : bsearch(table, known, count, sizeof *known, compare_table);
}
