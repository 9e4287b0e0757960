/* heal_mode.h — what the tools that heal have in common: may it be done, and was it. */
#ifndef TOOL_HEAL_MODE_H
#define TOOL_HEAL_MODE_H

#include "heal/alteration.h"

/* Whether a fix is carried out: --heal apply, and no dry_run. */
static inline bool
heal_applies(const struct tool_host *host, const struct tool_call *call)
{
    return host->settings.heal == HEAL_APPLY && !argument_flag(call, "dry_run", false);
}

/* False where healing is off; *result says so. */
bool heal_is_on(const struct tool_host *host, struct tool_result *result);

/* Adds applied, mode and (where nothing was done) what to do about it. */
void heal_tell_mode(const struct tool_host *host, const struct tool_call *call,
                    json_t *structured);

#endif
