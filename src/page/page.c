/* page.c — see page.h. */
#include "page/page.h"

#include "page/human.h"
#include "page/printable.h"

#include <stdarg.h>
#include <string.h>

static const char *
style_on(const struct page *page, enum page_style style)
{
    static const char *const codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m"};
    return page->color ? codes[style] : "";
}

static const char *
style_off(const struct page *page, enum page_style style)
{
    return page->color && style != STYLE_PLAIN ? "\x1b[0m" : "";
}

struct page
page_for(const struct output *output)
{
    return (struct page){.color = output->color, .columns = (size_t)output->columns};
}

void
page_print(struct page *page, const struct output *output)
{
    fwrite(text_string(&page->text), 1, page->text.length, output->out);
    page_free(page);
}

void
page_free(struct page *page)
{
    text_free(&page->text);
}

void
page_gap(struct page *page)
{
    size_t length = page->text.length;
    bool ends_with_one = length >= 2 && memcmp(page->text.bytes + length - 2, "\n\n", 2) == 0;
    if (length > 0 && !ends_with_one) {
        text_add_char(&page->text, '\n');
    }
}

static char *format_words(struct arena *arena, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

static char *
format_words(struct arena *arena, const char *format, va_list arguments)
{
    AUTO_TEXT words = {0};
    AUTO_TEXT safe = {0};
    text_vprintf(&words, format, arguments);
    printable_add(&safe, text_string(&words));
    return arena_strdup(arena, text_string(&safe));
}

static void
add_blanks(struct text *text, size_t count)
{
    text_printf(text, "%*s", (int)count, "");
}

/* Bytes of the longest start of `words` that fits into `columns` and ends at a
 * blank; a word that fits nowhere is left whole. */
static size_t
line_length(const char *words, size_t columns)
{
    size_t fits = 0;
    size_t used = 0;
    for (const char *word = words; *word != '\0';) {
        size_t size = strcspn(word, " ");
        AUTO_ARENA memory = {0};
        used += printable_columns(arena_strndup(&memory, word, size));
        if (used > columns && fits > 0) {
            return fits;
        }
        word += size;
        fits = (size_t)(word - words);
        size_t blanks = strspn(word, " ");
        used += blanks;
        word += blanks;
    }
    return fits;
}

static void
add_wrapped(struct page *page, enum page_style style, size_t first_indent, size_t indent,
            const char *words)
{
    size_t used = first_indent;
    size_t far = page->columns > 40 ? page->columns - 20 : page->columns / 2;
    indent = indent < far ? indent : far;
    do {
        size_t room = page->columns > used + 20 ? page->columns - used : 20;
        size_t length = line_length(words, room);
        text_add(&page->text, style_on(page, style));
        text_add_bytes(&page->text, words, length);
        text_add(&page->text, style_off(page, style));
        text_add_char(&page->text, '\n');
        words += length;
        words += strspn(words, " ");
        used = indent;
        if (*words != '\0') {
            add_blanks(&page->text, indent);
        }
    } while (*words != '\0');
}

void
page_heading(struct page *page, const char *format, ...)
{
    AUTO_ARENA memory = {0};
    va_list arguments;
    va_start(arguments, format);
    char *words = format_words(&memory, format, arguments);
    va_end(arguments);
    page_gap(page);
    add_wrapped(page, STYLE_BOLD, 0, 2, words);
}

void
page_line(struct page *page, enum page_style style, size_t indent, const char *format, ...)
{
    AUTO_ARENA memory = {0};
    va_list arguments;
    va_start(arguments, format);
    char *words = format_words(&memory, format, arguments);
    va_end(arguments);
    add_blanks(&page->text, indent);
    add_wrapped(page, style, indent, indent + 2, words);
}

void
page_hanging(struct page *page, size_t indent, size_t hanging, const char *words)
{
    AUTO_TEXT safe = {0};
    printable_add(&safe, words);
    add_blanks(&page->text, indent);
    add_wrapped(page, STYLE_PLAIN, indent, hanging, text_string(&safe));
}

void
page_pair(struct page *page, const char *label, size_t width, const char *format, ...)
{
    AUTO_ARENA memory = {0};
    va_list arguments;
    va_start(arguments, format);
    char *words = format_words(&memory, format, arguments);
    va_end(arguments);
    text_printf(&page->text, "  %-*s  ", (int)width, label);
    add_wrapped(page, STYLE_PLAIN, width + 4, width + 4, words);
}

void
page_table_begin(struct page_table *table, const char *const *titles, size_t count)
{
    *table = (struct page_table){.column_count = count};
    for (size_t i = 0; i < count; i++) {
        table->right[i] = titles[i][0] == '>';
        page_table_add(table, titles[i] + (table->right[i] ? 1 : 0));
    }
}

void
page_table_add(struct page_table *table, const char *cell)
{
    AUTO_TEXT safe = {0};
    printable_add(&safe, cell == NULL ? "" : cell);
    const char **slot = ARENA_APPEND(&table->memory, table->cells, table->cell_count);
    *slot = arena_strdup(&table->memory, text_string(&safe));
}

void
page_table_add_count(struct page_table *table, uint64_t number)
{
    AUTO_TEXT text = {0};
    human_count(&text, number);
    page_table_add(table, text_string(&text));
}

static void
measure(const struct page_table *table, const struct page *page, size_t *widths)
{
    size_t total = 2;
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t columns = printable_columns(table->cells[i]);
        size_t *width = &widths[i % table->column_count];
        *width = columns > *width ? columns : *width;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        total += widths[i] + (i > 0 ? 2 : 0);
    }
    if (total > page->columns && widths[0] > 12) {
        size_t excess = total - page->columns;
        widths[0] = widths[0] > excess + 12 ? widths[0] - excess : 12;
    }
}

static void
add_cell(struct text *line, const char *cell, size_t width, bool right)
{
    size_t columns = printable_columns(cell);
    size_t missing = columns < width ? width - columns : 0;
    add_blanks(line, right ? missing : 0);
    printable_add_cut(line, cell, width < 2 ? 2 : width);
    add_blanks(line, right ? 0 : missing);
}

void
page_table_end(struct page_table *table, struct page *page)
{
    size_t widths[PAGE_TABLE_COLUMNS_MAX] = {0};
    measure(table, page, widths);
    for (size_t row = 0; row * table->column_count < table->cell_count; row++) {
        AUTO_TEXT line = {0};
        text_add(&line, "  ");
        for (size_t i = 0; i < table->column_count; i++) {
            text_add(&line, i > 0 ? "  " : "");
            add_cell(&line, table->cells[row * table->column_count + i], widths[i],
                     table->right[i]);
        }
        while (line.length > 0 && line.bytes[line.length - 1] == ' ') {
            line.bytes[--line.length] = '\0';
        }
        enum page_style style = row == 0 ? STYLE_DIM : STYLE_PLAIN;
        text_printf(&page->text, "%s%s%s\n", style_on(page, style), text_string(&line),
                    style_off(page, style));
    }
    arena_free(&table->memory);
}
