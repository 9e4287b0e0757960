/* live_source.h — a live source as commands need it: its run's settings and plan, made from the
 * copy that was kept, and the link that rounds and switches use. */
#ifndef MIGRATE_LIVE_SOURCE_H
#define MIGRATE_LIVE_SOURCE_H

#include "postgres/journal.h"
#include "survey/survey.h"
#include "sync/link.h"

/* Zero, and closed at the end. */
struct live_source {
    struct arena arena;       /* of everything below */
    struct settings settings; /* of the initial copy */
    struct run run;
    struct survey survey; /* of the copy; its plan is that of rounds */
    struct plan final;    /* what the plan is once the source is live no more */
    struct sync_link link;
};

/* path: of the source, any name of it. conninfo: of the target; borrowed as long as the source is
 * open. ERROR_USAGE: it is not live in this target; ERROR_SOURCE: it is no database. */
MUST_USE bool live_source_open(struct live_source *source, const char *conninfo,
                               const char *path, int busy_ms, struct error *err);
void live_source_close(struct live_source *source);
#define AUTO_LIVE_SOURCE __attribute__((cleanup(live_source_close))) struct live_source

#endif
