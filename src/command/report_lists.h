/* report_lists.h — lists of a report, from its JSON onto a page. */
#ifndef COMMAND_REPORT_LISTS_H
#define COMMAND_REPORT_LISTS_H

#include "command/page.h"

#include <jansson.h>

/* "" when the key is missing or not a string. Borrowed from `object`. */
const char *json_words(const json_t *object, const char *key);
uint64_t json_count(const json_t *object, const char *key);

/* "does not come over (3)" and its entries; nothing when the list is empty.
 * all: also beyond PAGE_LIST_MAX. */
void list_notes(struct page *page, const char *heading, const json_t *notes, bool all);

/* Columns of which a value decided the type. */
void list_type_choices(struct page *page, const json_t *tables);

/* Strings. */
void list_warnings(struct page *page, const json_t *warnings);

/* "... and 5 more (--json lists all)", when there are more than were shown. */
void list_rest(struct page *page, size_t count, size_t shown);

#endif
