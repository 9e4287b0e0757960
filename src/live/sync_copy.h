/* sync_copy.h — the initial copy of a source that stays in use: migrate's own steps on a private
 * copy, made behind the installation of capture. */
#ifndef LIVE_SYNC_COPY_H
#define LIVE_SYNC_COPY_H

#include "settings/settings.h"
#include "settings/target_choice.h"

/* Does it, or goes on with it, unless the source is past that already; from then on rounds can run,
 * and the target refuses other writers. settings: of one source, its path the first operand.
 * ERROR_MISMATCH: the copy is not the same. */
MUST_USE bool sync_copy(const struct settings *settings, const struct output *output,
                        const struct target_choice *target, struct error *err);

#endif
