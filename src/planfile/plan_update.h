/* plan_update.h — a plan file brought up to date with its source, without what a person wrote
 * being lost.
 *
 * 1. plan_update_open reads the file.
 * 2. plan_update_look compares it with what the sources have now, and makes the text of the
 *    file without what is outgrow's own, or gone: a plan made with it is what outgrow would
 *    propose today to somebody who has made these edits.
 * 3. plan_update_merge puts that proposal and the file together, line by line. */
#ifndef PLANFILE_PLAN_UPDATE_H
#define PLANFILE_PLAN_UPDATE_H

#include "planfile/plan_text.h"
#include "sqlite/catalog.h"

enum plan_change_kind { PLAN_ADDED, PLAN_CHANGED, PLAN_GONE };

struct plan_change {
    enum plan_change_kind kind;
    const char *name;   /* "app.users" or "app.users.email" */
    const char *words;  /* what the file says now; GONE: what it said */
    const char *reason; /* "" where there is none */
};

struct plan_update {
    struct arena *arena;
    const char *given; /* the file, byte by byte */
    size_t given_size;
    struct plan_text old;
    bool *table_gone;   /* [table] */
    bool **column_gone; /* [table][column] */
    const char *edits;  /* the text of step 2: as long as the old one, line by line */
    struct plan_change *changes;
    size_t change_count;
};

/* Everything lives as long as `arena`, and borrows `text`. ERROR_USAGE as of
 * plan_file_read_text; a file that is one {mapping} or names no sources is refused. */
MUST_USE bool plan_update_open(struct arena *arena, const char *path, const char *text,
                               size_t size, struct plan_update *update, struct error *err);

/* catalogs: by the sources of the file, at least one; NULL: not looked at, nothing changes. */
void plan_update_look(struct plan_update *update, const struct catalog *const *catalogs);

/* fresh: by plan_write_yaml, of the sources that were looked at. *yaml: the new text, the
 * very same when there is no change. ERROR_INTERNAL: it would not be readable. */
MUST_USE bool plan_update_merge(struct plan_update *update, const struct text *fresh,
                                struct text *yaml, struct error *err);

#endif
