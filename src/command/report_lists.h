/* report_lists.h — lists of a report, from its JSON onto a page. */
#ifndef COMMAND_REPORT_LISTS_H
#define COMMAND_REPORT_LISTS_H

#include "command/page.h"

#include <jansson.h>

/* "" when the key is missing or not a string. Borrowed from `object`. */
const char *json_words(const json_t *object, const char *key);
uint64_t json_count(const json_t *object, const char *key);

/* "does not come over (3)" and its entries; nothing when the list is empty.
 * all: also beyond PAGE_LIST_MAX. Shadow tables are only counted: they are the
 * insides of the virtual tables listed before them. */
void list_notes(struct page *page, const char *heading, const json_t *notes, bool all);

/* The reason for a column's type, and the value that decided it unless the reason
 * names it already. */
void add_type_reason(struct text *out, const json_t *column);

/* Columns of which a value decided the type. */
void list_type_choices(struct page *page, const json_t *tables);

/* Strings. */
void list_warnings(struct page *page, const json_t *warnings);

/* "... and 5 more (--json lists all)", when there are more than were shown. */
void list_rest(struct page *page, size_t count, size_t shown);

#endif
