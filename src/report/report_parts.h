/* report_parts.h — pieces that several reports hold, as JSON. New references. */
#ifndef REPORT_REPORT_PARTS_H
#define REPORT_REPORT_PARTS_H

#include "survey/survey.h"

#include <jansson.h>

/* A JSON string whatever the bytes; null for NULL. */
json_t *report_words(const char *string);

/* Appends what `format` says to an array of strings. */
void report_warn(json_t *warnings, const char *format, ...) PRINTF_LIKE(2, 3);

/* {path, size, encoding, tables, rows} */
json_t *report_source(const struct survey *survey, const char *path, int64_t size_bytes);

/* [{source, name, declared, type, reason, decided_by, position, nulls, ...}] */
json_t *report_columns(const struct survey *survey, const struct plan_table *table);

/* [{kind, name, reason, sql}] */
json_t *report_notes(const struct plan *plan, enum note_kind kind);

/* [{table, damage, message}] */
json_t *report_findings(const struct check_report *check);

#endif
