/* rehearsal.h — the way back tried before it is needed, and the file looked at before it is
 * gone back to. */
#ifndef CUTOVER_REHEARSAL_H
#define CUTOVER_REHEARSAL_H

#include "cutover/cutover.h"

/* Brings every row back without writing it, unless that was done within
 * settings->rehearsed_within_us; says what is not exact, and what has no way back by its
 * nature. *inexact: cells that would be lost. */
MUST_USE bool rehearsal_hold(struct cutover *cutover, uint64_t *inexact, struct error *err);

/* Says which columns only the target has. */
MUST_USE bool say_own_columns(struct cutover *cutover, struct error *err);

/* The source, while nobody else writes to it: quick_check, and whether more rows refer to
 * nothing than at the rehearsal, which is said. *damage: one line; NULL: sound. Lives as long
 * as the cutover's arena. */
MUST_USE bool rehearsal_check_source(struct cutover *cutover, const char **damage,
                                     struct error *err);

#endif
