/* orphan_warnings.h — how many rows refer to nothing, said before the copy. */
#ifndef REPORT_ORPHAN_WARNINGS_H
#define REPORT_ORPHAN_WARNINGS_H

#include "survey/survey.h"

/* Counts the orphans of every table about which the plan file says what is to become of them;
 * one warning a foreign key that has some. ERROR_SOURCE, ERROR_STOPPED. */
MUST_USE bool orphan_warnings(const struct survey *survey, json_t *warnings, struct error *err);

#endif
