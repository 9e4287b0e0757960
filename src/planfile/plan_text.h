/* plan_text.h — a plan file as a text: which of its lines speak of which table, and which of
 * them outgrow wrote itself.
 *
 * The last lines of a plan that outgrow wrote hold a short digest of each of its lines. A line
 * whose digest is among them is still as it was written; any other is a person's. */
#ifndef PLANFILE_PLAN_TEXT_H
#define PLANFILE_PLAN_TEXT_H

#include "planfile/plan_file.h"
#include "planfile/yaml_tree.h"

/* One entry of `tables`. */
struct plan_text_table {
    const struct yaml_node *node;
    const struct plan_file_table *said;
    const struct yaml_node *columns; /* NULL: it has no such key, or nothing there */
    int source;                      /* in file.sources; -1: none of several */
    const char *name;                /* of the table in the source; NULL: a query */
    const char *scope;               /* "app.users" */
    size_t start;                    /* whole lines in the text, from the dash on */
    size_t end;
};

struct plan_text {
    const char *text; /* ends with a newline */
    size_t size;
    struct plan_file file;
    struct yaml_node root;
    const struct yaml_node *list;   /* `tables`; NULL: there is no such key, or it is empty */
    struct plan_text_table *tables; /* as in file.tables */
    uint32_t *marks;                /* ascending: digests of the lines that outgrow wrote */
    size_t mark_count;
};

/* Lives as long as `arena`; `path` is shown in errors. ERROR_USAGE as of plan_file_read_text. */
MUST_USE bool plan_text_read(struct arena *arena, const char *path, const char *text,
                             size_t size, struct plan_text *plan, struct error *err);

/* The lines that hold the offsets from start to end (end behind the last newline). */
size_t plan_text_line_start(const struct plan_text *plan, size_t at);
size_t plan_text_line_end(const struct plan_text *plan, size_t at);

/* The table whose lines hold `at`; NULL: none. Fast when asked in ascending order: *cursor
 * begins as 0. */
const struct plan_text_table *plan_text_table_at(const struct plan_text *plan, size_t at,
                                                 size_t *cursor);

/* Whether the line at `at` is as outgrow wrote it, by the marks of `plan`. table: whose lines
 * it is among; NULL: none's. */
bool plan_text_is_ours(const struct plan_text *plan, const struct plan_text_table *table,
                       size_t at);

/* A line of the marks themselves. */
bool plan_text_is_mark(const struct plan_text *plan, size_t at);

/* Appends the marks of all lines of `yaml` that outgrow wrote: those that are ours by `first`
 * or by `second`; both NULL: all. Nothing when `yaml` is no plan. */
void plan_text_mark(struct text *yaml, const struct plan_text *first,
                    const struct plan_text *second);

#endif
