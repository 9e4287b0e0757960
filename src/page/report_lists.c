/* report_lists.c — see report_lists.h. */
#include "page/report_lists.h"

#include "page/human.h"

#include <string.h>

const char *
json_words(const json_t *object, const char *key)
{
    const char *words = json_string_value(json_object_get(object, key));
    return words == NULL ? "" : words;
}

const char *
json_name(const json_t *object, const char *key)
{
    const char *name = json_words(object, key);
    return name[0] == '\0' ? "\"\"" : name;
}

uint64_t
json_count(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

double
json_seconds(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

double
phases_seconds(const json_t *phases)
{
    double total = 0;
    size_t i;
    json_t *phase;
    json_array_foreach(phases, i, phase)
    {
        total += json_words(phase, "beside")[0] == '\0' ? json_seconds(phase, "seconds") : 0;
    }
    return total;
}

void
list_rest(struct page *page, size_t count, size_t shown)
{
    if (count > shown) {
        page_line(page, STYLE_DIM, 2, "... and %zu more (--json lists all)", count - shown);
    }
}

/* Prints the notes; returns how many more there are. */
static size_t
list_notes_shown(struct page *page, const json_t *notes, bool all, size_t *shadow_tables)
{
    size_t shown = 0;
    size_t left_out = 0;
    size_t i;
    json_t *note;
    json_array_foreach(notes, i, note)
    {
        const char *kind = json_words(note, "kind");
        if (strcmp(kind, "shadow table") == 0) {
            (*shadow_tables)++;
        } else if (all || shown < PAGE_LIST_MAX) {
            page_line(page, STYLE_PLAIN, 2, "%s %s: %s", kind, json_name(note, "name"),
                      json_words(note, "reason"));
            shown++;
        } else {
            left_out++;
        }
    }
    return left_out;
}

void
list_notes(struct page *page, const char *heading, const json_t *notes, bool all)
{
    size_t count = json_array_size(notes);
    size_t shadow_tables = 0;
    if (count == 0) {
        return;
    }
    page_heading(page, "%s (%zu)", heading, count);
    size_t left_out = list_notes_shown(page, notes, all, &shadow_tables);
    if (shadow_tables > 0) {
        page_line(page, STYLE_PLAIN, 2, "%zu shadow table%s: storage of the virtual tables",
                  shadow_tables, shadow_tables == 1 ? "" : "s");
    }
    list_rest(page, left_out, 0);
}

void
add_type_reason(struct text *out, const json_t *column)
{
    const char *reason = json_words(column, "reason");
    const char *sample = json_words(column, "sample");
    text_add(out, reason);
    if (sample[0] != '\0' && strstr(reason, sample) == NULL) {
        text_printf(out, " (row %lld: %s)",
                    (long long)json_integer_value(json_object_get(column, "position")), sample);
    }
}

static void
list_type_choice(struct page *page, const json_t *table, const json_t *column)
{
    AUTO_TEXT reason = {0};
    add_type_reason(&reason, column);
    page_line(page, STYLE_PLAIN, 2, "%s.%s %s: %s", json_name(table, "source"),
              json_name(column, "source"), json_words(column, "type"), text_string(&reason));
}

void
list_type_choices(struct page *page, const json_t *tables)
{
    size_t count = 0;
    size_t t;
    size_t c;
    json_t *table;
    json_t *column;
    json_array_foreach(tables, t, table)
    {
        json_array_foreach(json_object_get(table, "columns"), c, column)
        {
            if (json_object_get(column, "sample") == NULL) {
                continue;
            }
            if (count == 0) {
                page_heading(page, "types that a value decided");
            }
            if (count++ < PAGE_LIST_MAX) {
                list_type_choice(page, table, column);
            }
        }
    }
    list_rest(page, count, PAGE_LIST_MAX);
}

void
list_warnings(struct page *page, const json_t *warnings)
{
    size_t count = json_array_size(warnings);
    if (count == 0) {
        return;
    }
    page_heading(page, "warnings (%zu)", count);
    for (size_t i = 0; i < count && i < PAGE_LIST_MAX; i++) {
        page_line(page, STYLE_PLAIN, 2, "%s", json_string_value(json_array_get(warnings, i)));
    }
    list_rest(page, count, PAGE_LIST_MAX);
}

static void
add_state_part(struct text *state, uint64_t count, const char *what)
{
    if (count > 0) {
        text_add(state, state->length > 0 ? ", " : "");
        human_count(state, count);
        text_printf(state, " %s", what);
    }
}

void
add_table_state(struct text *state, const json_t *table)
{
    if (json_is_string(json_object_get(table, "problem"))) {
        text_add(state, "did not come over");
        return;
    }
    if (json_is_true(json_object_get(table, "left_out"))) {
        text_add(state, "left out");
        return;
    }
    if (json_object_get(table, "rows_target") == NULL) {
        text_add(state, "not compared");
        return;
    }
    add_state_part(state, json_count(table, "different"), "differ");
    add_state_part(state, json_count(table, "missing"), "missing");
    add_state_part(state, json_count(table, "extra"), "too many");
    if (state->length == 0) {
        text_add(state, json_is_true(json_object_get(table, "sampled")) ? "sample is the same"
                        : json_is_true(json_object_get(table, "compared_before"))
                            ? "same (compared before)"
                            : "same");
        add_state_part(state, json_count(table, "rows_left_out"), "left out");
        add_state_part(state, json_count(table, "rows_kept"), "were there before");
    }
}

int
table_rank(const json_t *table)
{
    if (json_is_string(json_object_get(table, "problem")) ||
        json_count(table, "different") > 0 || json_count(table, "missing") > 0 ||
        json_count(table, "extra") > 0) {
        return 0;
    }
    return json_count(table, "rows_set_aside") > 0 ? 1 : 2;
}

int
compare_tables(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left;
    const json_t *b = *(json_t *const *)right;
    int by_rank = table_rank(a) - table_rank(b);
    uint64_t rows_left = json_count(a, "rows_source");
    uint64_t rows_right = json_count(b, "rows_source");
    if (by_rank != 0) {
        return by_rank;
    }
    if (rows_left != rows_right) {
        return rows_left < rows_right ? 1 : -1;
    }
    return strcmp(json_words(a, "source"), json_words(b, "source"));
}

/* What a table took: its copy, what followed the rows, the comparison. */
static double
table_seconds(const json_t *table)
{
    return json_seconds(table, "copy_seconds") + json_seconds(table, "finish_seconds") +
           json_seconds(table, "verify_seconds");
}

int
compare_tables_by_time(const void *left, const void *right)
{
    double a = table_seconds(*(const json_t *const *)left);
    double b = table_seconds(*(const json_t *const *)right);
    return a > b ? -1 : a < b;
}

const json_t **
sort_tables(struct arena *arena, const json_t *tables, table_order *order)
{
    size_t count = json_array_size(tables);
    const json_t **sorted = arena_alloc(arena, (count + 1) * sizeof *sorted);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = json_array_get(tables, i);
    }
    qsort(sorted, count, sizeof *sorted, order);
    return sorted;
}

static void
add_key(struct text *out, const json_t *key)
{
    char *words = json_dumps(key, JSON_COMPACT);
    text_printf(out, " %s", words == NULL ? "" : words);
    free(words);
}

/* Where rows have no rowid, rounds of a live move know no position. */
static bool
has_position(const json_t *entry)
{
    return json_integer_value(json_object_get(entry, "position")) != 0 ||
           !json_is_object(json_object_get(entry, "key"));
}

void
set_aside_add_place(struct text *out, const json_t *entry)
{
    text_add(out, "row");
    if (has_position(entry)) {
        text_printf(out, " %lld",
                    (long long)json_integer_value(json_object_get(entry, "position")));
    } else {
        add_key(out, json_object_get(entry, "key"));
    }
}

void
set_aside_add_place_and_key(struct text *out, const json_t *entry)
{
    const json_t *key = json_object_get(entry, "key");
    set_aside_add_place(out, entry);
    if (json_is_object(key) && has_position(entry)) {
        add_key(out, key);
    }
}
