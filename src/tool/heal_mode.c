/* heal_mode.c — see heal_mode.h. */
#include "tool/heal_mode.h"

static const char *const mode_names[] = {
    [HEAL_OFF] = "off", [HEAL_PROPOSE] = "propose", [HEAL_APPLY] = "apply"};

bool
heal_is_on(const struct tool_host *host, struct tool_result *result)
{
    if (host->settings.heal != HEAL_OFF) {
        return true;
    }
    tool_refuse(result, "the server was started with --heal off", "healing is off");
    return false;
}

void
heal_tell_mode(const struct tool_host *host, const struct tool_call *call, json_t *structured)
{
    bool applies = heal_applies(host, call);
    json_object_set_new(structured, "applied", json_boolean(applies));
    json_object_set_new(structured, "mode", json_string(mode_names[host->settings.heal]));
    if (!applies) {
        json_object_set_new(
            structured, "next",
            json_string(
                host->settings.heal == HEAL_APPLY
                    ? "call again without dry_run"
                    : "show it to a person: it is applied by a server started with --heal"
                      " apply, or by running the SQL"));
    }
}
