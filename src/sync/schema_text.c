/* schema_text.c — what a file declares, as one text: VACUUM and ANALYZE do not change it. */
#include "base/text.h"
#include "sync/link.h"

static const char schema_sql[] =
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT GLOB '_outgrow_*'"
    " AND tbl_name NOT GLOB '_outgrow_*' AND name NOT GLOB 'sqlite_*' ORDER BY type, name";

bool
sync_schema_text(struct source *source, struct arena *arena, const char **text,
                 struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    AUTO_TEXT all = {0};
    if (sqlite3_prepare_v2(source->handle, schema_sql, -1, &statement, NULL) != SQLITE_OK) {
        return source_failed(source, err, "read the schema");
    }
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < 4; i++) {
            const char *part = (const char *)sqlite3_column_text(statement, i);
            text_add(&all, part == NULL ? "" : part);
            text_add_char(&all, '\n');
        }
    }
    if (step != SQLITE_DONE) {
        return source_failed(source, err, "read the schema");
    }
    *text = arena_strdup(arena, text_string(&all));
    return true;
}
