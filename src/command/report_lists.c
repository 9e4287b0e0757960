/* report_lists.c — see report_lists.h. */
#include "command/report_lists.h"

const char *
json_words(const json_t *object, const char *key)
{
    const char *words = json_string_value(json_object_get(object, key));
    return words == NULL ? "" : words;
}

uint64_t
json_count(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

void
list_rest(struct page *page, size_t count, size_t shown)
{
    if (count > shown) {
        page_line(page, STYLE_DIM, 2, "... and %zu more (--json lists all)", count - shown);
    }
}

void
list_notes(struct page *page, const char *heading, const json_t *notes, bool all)
{
    size_t count = json_array_size(notes);
    size_t shown = all || count <= PAGE_LIST_MAX ? count : PAGE_LIST_MAX;
    if (count == 0) {
        return;
    }
    page_heading(page, "%s (%zu)", heading, count);
    for (size_t i = 0; i < shown; i++) {
        const json_t *note = json_array_get(notes, i);
        page_line(page, STYLE_PLAIN, 2, "%s %s: %s", json_words(note, "kind"),
                  json_words(note, "name"), json_words(note, "reason"));
    }
    list_rest(page, count, shown);
}

static void
list_type_choice(struct page *page, const json_t *table, const json_t *column)
{
    page_line(page, STYLE_PLAIN, 2, "%s.%s %s: %s; row %lld has %s",
              json_words(table, "source"), json_words(column, "source"),
              json_words(column, "type"), json_words(column, "reason"),
              (long long)json_integer_value(json_object_get(column, "position")),
              json_words(column, "sample"));
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
