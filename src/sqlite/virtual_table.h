/* virtual_table.h — what a full-text table of SQLite says of itself. */
#ifndef SQLITE_VIRTUAL_TABLE_H
#define SQLITE_VIRTUAL_TABLE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct fts_table {
    const char **columns; /* those that are searched */
    size_t column_count;
    const char *content; /* the table whose rows it indexes; "": none; NULL: its own */
    bool stems;          /* by Porter's rules: English */
};

/* Reads CREATE VIRTUAL TABLE ... USING fts3, fts4 or fts5. False: it is another module. */
bool fts_table_read(struct arena *arena, const char *sql, struct fts_table *table);

#endif
