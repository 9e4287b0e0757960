/* preflight.h — what must hold before anybody is kept waiting. */
#ifndef CUTOVER_PREFLIGHT_H
#define CUTOVER_PREFLIGHT_H

#include "cutover/cutover.h"

/* Says every failure; ERROR_NOT_NOW when there is one. */
MUST_USE bool preflight_require(struct cutover *cutover, struct error *err);

/* The same for the way back, which has to be as it was left. */
MUST_USE bool return_preflight(struct cutover *cutover, struct error *err);

#endif
