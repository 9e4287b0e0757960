/* archive_dry_run.h — what `outgrow archive` would do. */
#ifndef COMMAND_ARCHIVE_DRY_RUN_H
#define COMMAND_ARCHIVE_DRY_RUN_H

#include "command/command.h"
#include "operate/removal.h"

struct archive_dry_run {
    struct archive_retention retention; /* its directory need not be there */
    bool expires;                       /* archives are to go that are older */
    bool removes;                       /* the source is to go: */
    struct removal removal;             /* without an archive */
};

/* Shows it; changes nothing. False also when the source could not be removed: why. */
MUST_USE bool archive_dry_run_show(const struct archive_dry_run *planned,
                                   const struct settings *settings, const struct output *output,
                                   struct arena *arena, struct error *err);

#endif
