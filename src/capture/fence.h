/* fence.h — SQLite refuses the application's writes, because PostgreSQL takes them now.
 *
 * BEFORE triggers on every table that raise ABORT with words that say where to go: every
 * connection gets them, also one that is open and has its statements prepared. Our own writer
 * (source_open_writable) is not concerned. */
#ifndef CAPTURE_FENCE_H
#define CAPTURE_FENCE_H

#include "sqlite/catalog.h"

/* Both inside the writer's open IMMEDIATE transaction (capture installed; all tables that the
 * file has by then are fenced, virtual ones cannot be); durable once it is committed and
 * source_checkpoint has run. Raising a fence that stands, or lowering none, does nothing.
 * words: without apostrophes being special; shown to the application as its error message. */
MUST_USE bool fence_raise(struct source *writer, const struct catalog *catalog,
                          const char *words, struct error *err);
MUST_USE bool fence_lower(struct source *writer, struct error *err);

/* Whether anything of a fence is there: also behind outgrow finish, when there is no capture. */
MUST_USE bool fence_stands(struct source *source, bool *stands, struct error *err);

/* Whether a fence stands and none of the catalog's tables that are still there lacks a part of it:
 * triggers go with a table that is made anew, and anybody may drop them. Also outside of a
 * transaction. */
MUST_USE bool fence_is_whole(struct source *source, const struct catalog *catalog, bool *whole,
                             struct error *err);
/* Puts it up again around all tables that the file has now, in the writer's open IMMEDIATE
 * transaction. Capture must be installed. */
MUST_USE bool fence_mend(struct source *writer, const char *words, struct error *err);

#endif
