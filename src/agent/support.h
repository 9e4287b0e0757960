/* support.h — what every tool does: read arguments, run what the guard lets through, answer. */
#ifndef AGENT_SUPPORT_H
#define AGENT_SUPPORT_H

#include "agent/host_internal.h"
#include "guard/guard.h"

/* Arguments by name; `otherwise` where absent or null. */
const char *argument_text(const struct tool_call *call, const char *name,
                          const char *otherwise);
bool argument_flag(const struct tool_call *call, const char *name, bool otherwise);
/* Kept within `least` and `most`. */
int argument_number(const struct tool_call *call, const char *name, int otherwise, int least,
                    int most);

/* The host's bounds as the call's max_rows and timeout_ms change them. */
struct database_bounds tool_bounds(const struct tool_host *host, const struct tool_call *call);

void tool_progress(const struct tool_call *call, double done, double total,
                   const char *message);

/* Ends a call well. Takes over the reference. Returns true, as all of these do: what the model
 * can mend is an answer, not a fault. */
bool tool_answer(struct tool_result *result, json_t *structured);
/* {"error": message, "hint": ...} and is_error. */
bool tool_refuse(struct tool_result *result, const char *hint, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* What failed on the way, told to the model. */
bool tool_fail(struct tool_result *result, const struct error *err);
bool tool_deny(struct tool_result *result, const struct guard_verdict *verdict);

/* The text of the argument sql, judged for `options`; false: *result says why not. */
bool tool_sql(const struct tool_call *call, const struct guard_options *options,
              const char **sql, struct guard_verdict *verdict, struct tool_result *result);
/* Judged, a connection borrowed, a transaction begun, the catalog asked. False: *result says
 * why not. */
bool tool_begin(struct tool_host *host, const struct tool_call *call, enum database_role role,
                const struct database_bounds *bounds, struct database_lease *lease,
                struct tool_result *result);
bool tool_ask_catalog(const struct tool_call *call, struct database_lease *lease,
                      const struct guard_options *options, struct guard_verdict *verdict,
                      struct tool_result *result);

#endif
