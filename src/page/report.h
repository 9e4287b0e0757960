/* report.h — a migration's report, a JSON object, as text for people.
 *
 * Nothing is shown but what the object holds, so the two cannot disagree, and a
 * report stored in the journal can be shown again. */
#ifndef PAGE_REPORT_H
#define PAGE_REPORT_H

#include "base/exit_code.h"
#include "page/output.h"

#include <jansson.h>

/* The states of a box of its checklist. */
#define CHECK_PASSED_WORD "passed"
#define CHECK_OPEN_WORD   "open"
#define CHECK_YOURS_WORD  "yours"

/* The command's, as the report says. */
enum exit_code report_exit_code(const json_t *report);

/* Renders a migration's report for people. */
void report_print(const json_t *report, const struct output *output);

/* Renders the same with where the time went and the checklist: `outgrow report`. */
void report_print_whole(const json_t *report, const struct output *output);

/* Where the time went, per phase and table: `outgrow migrate --profile`. */
void report_print_profile(const json_t *report, const struct output *output);

/* Renders the same object for `outgrow verify`: only what was compared. */
void report_print_comparison(const json_t *report, const struct output *output);

#endif
