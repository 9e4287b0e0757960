/* hooks.h — the person's own commands at the turning points of a move.
 *
 * Each is run by /bin/sh -c with what is known in its environment: OUTGROW_HOOK (its name),
 * OUTGROW_STATE, OUTGROW_EPOCH, OUTGROW_SOURCE, OUTGROW_TARGET (a connection string without
 * password), OUTGROW_REASON. */
#ifndef CUTOVER_HOOKS_H
#define CUTOVER_HOOKS_H

#include "base/text.h"
#include "postgres/live.h"

enum hook {
    HOOK_BEFORE_PAUSE, /* may still refuse: nothing has begun */
    HOOK_ON_FENCED,    /* may still refuse: the fence comes down again */
    HOOK_ON_SWITCHED,
    HOOK_ON_ABORT,
    HOOK_ON_RETURNED,
    HOOK_ON_FINISHED,
    HOOK_COUNT
};
const char *hook_name(enum hook hook);

struct hooks {
    const char *commands[HOOK_COUNT]; /* NULL: none */
};

/* What a hook is told. */
struct hook_news {
    const struct live *live;
    const PGconn *conn; /* to the target */
    const char *reason; /* why, for on-abort; NULL: none */
};

/* words: what the command wrote is appended. No such hook: true at once. ERROR_SYSTEM: it ended
 * with another code than 0. */
MUST_USE bool hook_run(const struct hooks *hooks, enum hook hook, const struct hook_news *news,
                       struct text *words, struct error *err);

#endif
