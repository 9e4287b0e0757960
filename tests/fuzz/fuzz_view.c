/* fuzz_view.c — any text as CREATE VIEW and as CREATE VIRTUAL TABLE: read or refused. */
#include "fuzz.h"
#include "sql/view_parse.h"
#include "sqlite/virtual_table.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA arena = {0};
    const char *text = arena_strndup(&arena, (const char *)data, size);
    struct sql_view view;
    struct fts_table table;
    struct error err = {0};
    if (sql_parse_view(&arena, text, &view, &err)) {
        if (view.query.part_count == 0 || view.query.parts[0].select.table_count == 0 ||
            view.query.parts[0].select.item_count == 0 || view.name.text == NULL) {
            abort();
        }
    } else if (err.kind != ERROR_SOURCE) {
        abort();
    }
    if (fts_table_read(&arena, text, &table) && table.column_count == 0) {
        abort();
    }
    return 0;
}
