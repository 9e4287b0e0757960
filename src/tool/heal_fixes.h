/* heal_fixes.h — what the tool heal knows to mend: a look, a statement, the way back. */
#ifndef TOOL_HEAL_FIXES_H
#define TOOL_HEAL_FIXES_H

#include "agent/support.h"

/* Strings live as long as the call's arena. */
struct heal_fix {
    const char *cause;    /* the problem's name */
    const char *action;   /* as recorded */
    const char *object;   /* what is mended */
    const char *look_sql; /* one JSON object with the member good */
    const char *look_parameters[3];
    size_t look_parameter_count;
    const char *sql;
    json_t *undo; /* statements; NULL: nothing to take back. Owned */
    bool outside_transaction;
};
static inline void
heal_fix_free(struct heal_fix *fix)
{
    json_decref(fix->undo);
}
#define AUTO_FIX __attribute__((cleanup(heal_fix_free))) struct heal_fix

/* From the arguments problem, schema, table and name. False: *result says what is wrong. */
bool heal_fix_find(const struct tool_call *call, struct database_lease *lease,
                   struct heal_fix *fix, struct tool_result *result);

#endif
