/* report_lists.h — lists of a report, from its JSON onto a page. */
#ifndef PAGE_REPORT_LISTS_H
#define PAGE_REPORT_LISTS_H

#include "page/page.h"

#include <jansson.h>

/* "" when the key is missing or not a string. Borrowed from `object`. */
const char *json_words(const json_t *object, const char *key);

/* A name of SQLite's, for people: an empty one, which it allows, is shown as "". */
const char *json_name(const json_t *object, const char *key);

uint64_t json_count(const json_t *object, const char *key);

double json_seconds(const json_t *object, const char *key);

/* By the clock: a phase that ran beside another is within that one's time. */
double phases_seconds(const json_t *phases);

/* "same", "did not come over", "2 differ, 1 missing". */
void add_table_state(struct text *state, const json_t *table);

/* 0: something is wrong with it, 1: rows were set aside, 2: all is well. */
int table_rank(const json_t *table);

/* The tables of a report in another order, as arguments of qsort have it. The array lives as
 * long as `arena`, the tables are borrowed. compare_tables: those with something to say
 * first, then the largest. */
typedef int table_order(const void *left, const void *right);
int compare_tables(const void *left, const void *right);
int compare_tables_by_time(const void *left, const void *right); /* the slowest first */
const json_t **sort_tables(struct arena *arena, const json_t *tables, table_order *order);

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

/* Adds which row an entry of the set-aside list is of: "row 12"; of one that has no rowid its
 * key, losslessly: "row {"id":...}". */
void set_aside_add_place(struct text *out, const json_t *entry);
/* The same, and the key also of rows that have a rowid. */
void set_aside_add_place_and_key(struct text *out, const json_t *entry);

#endif
