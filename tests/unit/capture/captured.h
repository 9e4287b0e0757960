/* captured.h — a file with capture installed, and an application that writes to it. */
#ifndef TEST_SQLITE_CAPTURED_H
#define TEST_SQLITE_CAPTURED_H

#include "../sqlite/scratch.h"
#include "capture/capture.h"

struct captured {
    const char *path;
    struct arena arena;
    struct source writer; /* of this program */
    struct source reader;
    struct catalog catalog;
    struct capture_table *tables;
    char id[CAPTURE_ID_SIZE];
    sqlite3 *app; /* plain SQLite, as an application uses it */
};

/* Makes the file by `sql` and installs capture; app is open. */
void captured_open(struct captured *captured, void **state, const char *sql);
void captured_close(struct captured *captured);
#define AUTO_CAPTURED __attribute__((cleanup(captured_close))) struct captured

/* Reads the catalog, chooses keys and installs, once more. */
void captured_install(struct captured *captured);

const struct capture_table *captured_table(const struct captured *captured, const char *name);

/* Runs SQL as the application. */
void captured_run(struct captured *captured, const char *sql);

/* The distinct keys logged since the last call or captured_forget, as "table:key,key ...", sorted:
 * integers as they are, texts in '', blobs in x''. Lives as long as the arena. */
const char *captured_keys(struct captured *captured);
void captured_forget(struct captured *captured);

/* Fails unless each row that differs between the file and `other` (an older state of it) has its
 * key in the log behind `seq`: compared by plain SQL, value by value, class by class. */
void captured_assert_covered(struct captured *captured, const char *other, int64_t seq);
/* The same, as text: what is missing, or "". */
const char *captured_missed(struct captured *captured, const char *other, int64_t seq);
/* How many rows differ. */
int captured_differences(struct captured *captured, const char *other);

/* All rows of sqlite_schema, as text. */
const char *captured_schema(struct captured *captured);

/* One text value by SQL, from `handle`; lives as long as the arena. */
const char *captured_value(struct captured *captured, sqlite3 *handle, const char *sql);

#endif
