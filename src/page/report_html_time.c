/* report_html_time.c — where the time went: bars per phase and per table, drawn as SVG, and
 * the same figures as a table for whoever cannot see them; see report_html.h. */
#include "page/printable.h"
#include "page/report_html.h"
#include "page/report_lists.h"

enum {
    BARS_MAX = 12,
    BAR_HEIGHT = 36,
    PARTS_MAX = 3,
    NAME_COLUMNS = 38 /* what fits beside the seconds on a phone */
};

/* What a bar is made of: the same for all tables, one part for a phase. */
struct bar {
    const char *name;
    double parts[PARTS_MAX];
};

struct chart {
    const char *id;
    const char *title;
    const char *noun; /* what a bar stands for */
    const char *description;
    const char *const *part_names; /* with the '>' of html_table_open */
    size_t part_count;
    struct bar *bars;
    size_t bar_count;
};

static const char *const part_classes[PARTS_MAX] = {"part-a", "part-b", "part-c"};

static double
bar_total(const struct chart *chart, const struct bar *bar)
{
    double total = 0;
    for (size_t i = 0; i < chart->part_count; i++) {
        total += bar->parts[i];
    }
    return total;
}

static double
longest(const struct chart *chart)
{
    double most = 0;
    for (size_t i = 0; i < chart->bar_count; i++) {
        double total = bar_total(chart, &chart->bars[i]);
        most = total > most ? total : most;
    }
    return most;
}

/* A number as an attribute: printf's %f never has a comma here, as no locale is set. */
static void
rectangle(struct html *html, const char *class_name, double x, double width, double y)
{
    AUTO_TEXT left = {0};
    AUTO_TEXT wide = {0};
    AUTO_TEXT top = {0};
    text_printf(&left, "%.3f%%", x);
    text_printf(&wide, "%.3f%%", width);
    text_printf(&top, "%.0f", y);
    html_void(html, "rect", "class", class_name, "x", text_string(&left), "y",
              text_string(&top), "width", text_string(&wide), "height", "8", NULL);
}

static void
words_at(struct html *html, const char *x, double y, const char *anchor, const char *words)
{
    AUTO_TEXT top = {0};
    text_printf(&top, "%.0f", y);
    html_open(html, "text", "x", x, "y", text_string(&top), "text-anchor", anchor, NULL);
    html_words(html, words);
    html_close(html);
}

static void
draw_bar(struct html *html, const struct chart *chart, size_t index, double scale)
{
    const struct bar *bar = &chart->bars[index];
    double top = (double)index * BAR_HEIGHT;
    AUTO_TEXT seconds = {0};
    html_add_seconds(&seconds, bar_total(chart, bar));
    html_open(html, "g", NULL);
    words_at(html, "0", top + 14, "start", bar->name);
    words_at(html, "100%", top + 14, "end", text_string(&seconds));
    rectangle(html, "track", 0, 100, top + 20);
    double x = 0;
    for (size_t i = 0; i < chart->part_count; i++) {
        double width = bar->parts[i] * scale;
        if (width > 0) {
            rectangle(html, part_classes[i], x, width, top + 20);
        }
        x += width;
    }
    html_close(html);
}

static void
draw_legend(struct html *html, const struct chart *chart)
{
    if (chart->part_count < 2) {
        return;
    }
    html_open(html, "p", "class", "legend", NULL);
    for (size_t i = 0; i < chart->part_count; i++) {
        html_open(html, "span", NULL);
        html_element(html, "i", part_classes[i], "");
        html_words(html, chart->part_names[i] + 1);
        html_close(html);
    }
    html_close(html);
}

/* For whoever cannot see bars, or wants to copy numbers. */
static void
draw_figures(struct html *html, const struct chart *chart)
{
    const char *titles[1 + PARTS_MAX] = {chart->noun};
    for (size_t i = 0; i < chart->part_count; i++) {
        titles[1 + i] = chart->part_names[i];
    }
    html_details(html, "The same in figures");
    html_table_open(
        html, &(struct html_heading){"numbers", chart->title, titles, 1 + chart->part_count});
    for (size_t i = 0; i < chart->bar_count; i++) {
        html_open(html, "tr", NULL);
        html_cell(html, "name", chart->noun, chart->bars[i].name);
        for (size_t part = 0; part < chart->part_count; part++) {
            html_cell_seconds(html, chart->part_names[part] + 1, chart->bars[i].parts[part]);
        }
        html_close(html);
    }
    html_close(html);
    html_close(html);
    html_close(html);
}

static void
draw(struct html *html, const struct chart *chart)
{
    double most = longest(chart);
    AUTO_TEXT height = {0};
    AUTO_TEXT title = {0};
    AUTO_TEXT description = {0};
    text_printf(&height, "%zu", chart->bar_count * BAR_HEIGHT);
    const char *prefix = html->id_prefix == NULL ? "" : html->id_prefix;
    text_printf(&title, "%s%s-title", prefix, chart->id);
    text_printf(&description, "%s%s-title %s%s-desc", prefix, chart->id, prefix, chart->id);
    html_element(html, "h3", NULL, chart->title);
    draw_legend(html, chart);
    html_open(html, "svg", "role", "img", "width", "100%", "height", text_string(&height),
              "aria-labelledby", text_string(&description), NULL);
    html_open(html, "title", "id", text_string(&title), NULL);
    html_words(html, chart->title);
    html_close(html);
    text_reset(&description);
    text_printf(&description, "%s%s-desc", prefix, chart->id);
    html_open(html, "desc", "id", text_string(&description), NULL);
    html_words(html, chart->description);
    html_close(html);
    for (size_t i = 0; i < chart->bar_count; i++) {
        draw_bar(html, chart, i, most > 0 ? 100 / most : 0);
    }
    html_close(html);
    draw_figures(html, chart);
}

static void
draw_phases(struct html *html, struct arena *arena, const json_t *report)
{
    static const char *const part_names[] = {">Time"};
    const json_t *phases = json_object_get(report, "phases");
    struct chart chart = {
        .id = "phases",
        .title = "By phase",
        .noun = "Phase",
        .description = "How long each phase of the migration took, by the clock on the wall.",
        .part_names = part_names,
        .part_count = 1,
    };
    chart.bars = arena_alloc(arena, (json_array_size(phases) + 1) * sizeof *chart.bars);
    size_t i;
    json_t *phase;
    json_array_foreach(phases, i, phase)
    {
        const char *name = json_words(phase, "name");
        const char *beside = json_words(phase, "beside");
        chart.bars[chart.bar_count++] = (struct bar){
            .name = beside[0] == '\0' ? name
                                      : arena_printf(arena, "%s (beside %s)", name, beside),
            .parts = {json_seconds(phase, "seconds")},
        };
    }
    if (chart.bar_count > 0) {
        draw(html, &chart);
    }
}

static void
add_parts(struct bar *bar, const json_t *table)
{
    bar->parts[0] += json_seconds(table, "copy_seconds");
    bar->parts[1] += json_seconds(table, "finish_seconds");
    bar->parts[2] += json_seconds(table, "verify_seconds");
}

static const char *
short_name(struct arena *arena, const char *name)
{
    AUTO_TEXT words = {0};
    printable_add_cut(&words, name, NAME_COLUMNS);
    return arena_strdup(arena, text_string(&words));
}

static void
draw_tables(struct html *html, struct arena *arena, const json_t *report)
{
    static const char *const part_names[] = {">Copy", ">Keys, indexes", ">Compare"};
    const json_t *tables = json_object_get(report, "tables");
    const json_t **sorted = sort_tables(arena, tables, compare_tables_by_time);
    size_t count = json_array_size(tables);
    struct chart chart = {
        .id = "by-table",
        .title = "By table",
        .noun = "Table",
        .description = "How long copying, building keys and indexes, and comparing took for "
                       "the tables that took longest; times of connections that worked side "
                       "by side are added up.",
        .part_names = part_names,
        .part_count = PARTS_MAX,
    };
    chart.bars = arena_alloc(arena, (BARS_MAX + 1) * sizeof *chart.bars);
    for (size_t i = 0; i < count; i++) {
        struct bar *bar = &chart.bars[i < BARS_MAX ? i : BARS_MAX];
        if (i < BARS_MAX) {
            bar->name = short_name(arena, json_words(sorted[i], "target"));
        }
        add_parts(bar, sorted[i]);
    }
    if (count > BARS_MAX) {
        chart.bars[BARS_MAX].name = arena_printf(arena, "the other %zu tables",
                                                 count - BARS_MAX);
    }
    chart.bar_count = count > BARS_MAX ? BARS_MAX + 1 : count;
    if (count > 0) {
        draw(html, &chart);
    }
}

static void
write_finish_work(struct html *html, const json_t *work)
{
    static const char *const titles[] = {"Behind the rows", ">Steps", ">Time"};
    size_t i;
    json_t *kind;
    if (json_array_size(work) == 0) {
        return;
    }
    html_details(html, "What followed the rows");
    html_table_open(html,
                    &(struct html_heading){"numbers", "Steps behind the rows", titles, 3});
    json_array_foreach(work, i, kind)
    {
        html_open(html, "tr", NULL);
        html_cell(html, "name", "Kind", json_words(kind, "name"));
        html_cell_count(html, "Steps", json_count(kind, "steps"));
        html_cell_seconds(html, "Time", json_seconds(kind, "seconds"));
        html_close(html);
    }
    html_close(html);
    html_close(html);
    html_close(html);
}

void
report_html_time(struct html *html, const json_t *report)
{
    AUTO_ARENA memory = {0};
    html_section(html, "time", "Where the time went");
    if (json_is_true(json_object_get(report, "resumed"))) {
        html_element(html, "p", NULL,
                     "The migration was interrupted and gone on with: phases show its last "
                     "part, tables all of it.");
    }
    draw_phases(html, &memory, report);
    draw_tables(html, &memory, report);
    write_finish_work(html, json_object_get(report, "finish_work"));
    html_close(html);
}
