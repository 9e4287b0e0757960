/* own.h — columns that only the target has, as a source that is copied anew meets them. */
#ifndef SYNC_OWN_H
#define SYNC_OWN_H

#include "sync/link.h"

/* Their names, "public.item.note"; of tables that were there before as of those of our making. */
MUST_USE bool sync_own_columns(struct sync_link *link, struct arena *arena,
                               const char *const **names, size_t *count, struct error *err);

/* Into the tables that were copied anew what copy/own_columns.h has kept of such columns, by
 * the keys of the rows. What has no row any more stays where it is, under another name; *lines
 * say so, and live as long as `arena`. Inside the open transaction that begins the rounds. */
MUST_USE bool sync_own_restore(struct sync_link *link, struct arena *arena, const char ***lines,
                               size_t *count, struct error *err);

#endif
