/* sync_control.h — what is asked of a live source from outside: hold, go on, end, be no more. */
#ifndef LIVE_SYNC_CONTROL_H
#define LIVE_SYNC_CONTROL_H

#include "settings/settings.h"
#include "settings/target_choice.h"

/* Whether the settings ask for any of it. */
bool sync_control_is_asked(const struct settings *settings);

/* ERROR_USAGE when they ask for two of it. */
MUST_USE bool sync_control_is_one(const struct settings *settings, struct error *err);

/* Does it for the source that is the first operand. ERROR_USAGE: it is not live;
 * ERROR_TARGET: nor can it be, for there is no target. */
MUST_USE bool sync_control(const struct settings *settings, const struct output *output,
                           const struct target_choice *target, struct error *err);

#endif
