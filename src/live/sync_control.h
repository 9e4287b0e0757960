/* sync_control.h — what is asked of a live source from outside: hold, go on, end, be no more. */
#ifndef LIVE_SYNC_CONTROL_H
#define LIVE_SYNC_CONTROL_H

#include "settings/settings.h"
#include "settings/target_choice.h"

/* Whether the settings ask for any of it. */
bool sync_control_is_asked(const struct settings *settings);

/* Does it for the source that is the first operand. ERROR_USAGE: it is not live. */
MUST_USE bool sync_control(const struct settings *settings, const struct output *output,
                           const struct target_choice *target, struct error *err);

#endif
