/* heal_statement.h — a statement that fails, healed until the server understands it. */
#ifndef TOOL_HEAL_STATEMENT_H
#define TOOL_HEAL_STATEMENT_H

#include "agent/support.h"

/* Parse, find the cause, fix it, parse again, and so on; what was fixed is undone when it does not
 * lead to a statement that is understood. Without --heal apply: the first cause and proposal. The
 * statement itself is never run. Always returns true. */
bool heal_statement(struct tool_host *host, const struct tool_call *call,
                    struct tool_result *result);

#endif
