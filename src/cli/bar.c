/* bar.c — see bar.h. */
#include "cli/bar.h"

#include "page/human.h"
#include "page/printable.h"

/* A rate over a handful of steps says nothing. */
enum { ETA_MAX_SECONDS = 100 * 3600, RATE_UNITS_MIN = 100 };

struct overall {
    uint64_t done;
    uint64_t total; /* 0: not known */
    size_t items_done;
};

static struct overall
add_up(const struct bar_view *view)
{
    struct overall sum = {0};
    bool known = true;
    for (size_t i = 0; i < view->item_count; i++) {
        const struct bar_item *item = &view->items[i];
        bool over = item->state == PROGRESS_DONE || item->state == PROGRESS_FAILED;
        sum.items_done += over ? 1 : 0;
        sum.done += item->done;
        /* What is over has no more to do than it has done, whatever was expected. */
        sum.total += over || item->done > item->total ? item->done : item->total;
        known = known && (over || item->total > 0);
    }
    if (!known) {
        sum.total = 0;
    }
    return sum;
}

static unsigned
percent(uint64_t done, uint64_t total)
{
    if (done >= total) {
        return 100;
    }
    unsigned rounded = (unsigned)(100.0 * (double)done / (double)total);
    return rounded > 99 ? 99 : rounded;
}

/* False when nothing sensible can be said. */
static bool
add_eta(struct text *out, uint64_t done, uint64_t total, double rate)
{
    if (total == 0 || done >= total || rate <= 0) {
        return false;
    }
    double seconds = (double)(total - done) / rate;
    if (seconds > ETA_MAX_SECONDS) {
        return false;
    }
    human_clock(out, (uint64_t)(seconds + 0.5));
    return true;
}

/* How a line is divided. */
struct layout {
    size_t label;
    size_t bar; /* 0: no room for one */
};

static struct layout
layout_for(size_t columns)
{
    if (columns >= 100) {
        return (struct layout){.label = 28, .bar = 24};
    }
    if (columns >= 70) {
        return (struct layout){.label = 22, .bar = 10};
    }
    return columns >= 50 ? (struct layout){.label = 14, .bar = 6}
                         : (struct layout){.label = 12, .bar = 0};
}

static void
add_label(struct text *line, const char *label, size_t width)
{
    size_t columns = printable_columns(label);
    printable_add_cut(line, label, width);
    if (columns < width) {
        text_printf(line, "%*s", (int)(width - columns), "");
    }
}

static void
add_bar(struct text *line, size_t width, uint64_t done, uint64_t total, bool color)
{
    size_t filled = total == 0 ? 0 : width * percent(done, total) / 100;
    text_printf(line, " [%s", color ? "\x1b[32m" : "");
    for (size_t i = 0; i < width; i++) {
        text_add(line, i < filled ? "#" : i == filled && color ? "\x1b[0m." : ".");
    }
    text_printf(line, "%s]", color ? "\x1b[0m" : "");
    if (total == 0) {
        text_add(line, "     ");
    } else {
        text_printf(line, " %3u%%", percent(done, total));
    }
}

/* Label, bar, percentage, then as much of the right part as fits. Returns the
 * line's terminal columns. */
static size_t
add_line(struct text *out, const struct bar_view *view, const char *label,
         const struct bar_item *numbers, const char *right)
{
    struct layout layout = layout_for(view->columns);
    size_t room = view->columns > 1 ? view->columns - 1 : 1;
    size_t used = layout.label + (layout.bar > 0 ? layout.bar + 8 : 0);
    add_label(out, label, layout.label);
    if (layout.bar > 0) {
        add_bar(out, layout.bar, numbers->done, numbers->total, view->color);
    } else if (numbers->total > 0) {
        text_printf(out, " %3u%%", percent(numbers->done, numbers->total));
        used += 5;
    }
    if (used + 4 < room) {
        size_t width = printable_columns(right);
        text_add(out, "  ");
        printable_add_cut(out, right, room - used - 2);
        used += 2 + (width < room - used - 2 ? width : room - used - 2);
    }
    text_add_char(out, '\n');
    return used;
}

static void
add_rate(struct text *out, double rate)
{
    if (rate > 0) {
        text_add(out, "  ");
        human_short(out, rate);
        text_add(out, "/s");
    }
}

static size_t
add_overall_line(struct text *out, const struct bar_view *view)
{
    struct overall sum = add_up(view);
    AUTO_TEXT right = {0};
    AUTO_TEXT eta = {0};
    human_short(&right, (double)sum.done);
    if (sum.total > 0) {
        text_add_char(&right, '/');
        human_short(&right, (double)sum.total);
    }
    text_printf(&right, " %s", view->unit);
    if (sum.total == 0 || sum.total >= RATE_UNITS_MIN) {
        add_rate(&right, view->rate);
    }
    if (add_eta(&eta, sum.done, sum.total, view->rate)) {
        text_printf(&right, "  %s", text_string(&eta));
    }
    const struct bar_item numbers = {.done = sum.done, .total = sum.total};
    return add_line(out, view, view->phase, &numbers, text_string(&right));
}

static size_t
add_item_line(struct text *out, const struct bar_view *view, const struct bar_item *item)
{
    AUTO_TEXT label = {0};
    AUTO_TEXT right = {0};
    AUTO_TEXT eta = {0};
    text_printf(&label, "  %s", item->name);
    human_short(&right, (double)item->done);
    add_rate(&right, item->rate);
    if (add_eta(&eta, item->done, item->total, item->rate)) {
        text_printf(&right, "  %s", text_string(&eta));
    }
    return add_line(out, view, text_string(&label), item, text_string(&right));
}

/* Running, and not merely waiting for the server to commit its last rows. */
static bool
is_shown(const struct bar_item *item)
{
    bool has_more = item->total == 0 || item->done < item->total;
    return item->state == PROGRESS_RUNNING && has_more;
}

void
bar_render_live(struct text *out, const struct bar_view *view, size_t *widths,
                size_t *line_count)
{
    widths[0] = add_overall_line(out, view);
    *line_count = 1;
    for (size_t i = 0; i < view->item_count && *line_count <= view->item_lines_max; i++) {
        if (is_shown(&view->items[i])) {
            widths[(*line_count)++] = add_item_line(out, view, &view->items[i]);
        }
    }
}

void
bar_render_plain(struct text *out, const struct bar_view *view)
{
    struct overall sum = add_up(view);
    AUTO_TEXT eta = {0};
    text_printf(out, "%s: ", view->phase);
    if (sum.total > 0) {
        text_printf(out, "%u%%, ", percent(sum.done, sum.total));
    }
    human_count(out, sum.done);
    if (sum.total > 0) {
        text_add(out, " of ");
        human_count(out, sum.total);
    }
    text_printf(out, " %s", view->unit);
    if (view->rate > 0) {
        text_add(out, ", ");
        human_short(out, view->rate);
        text_printf(out, " %s/s", view->unit);
    }
    if (add_eta(&eta, sum.done, sum.total, view->rate)) {
        text_printf(out, ", %s left", text_string(&eta));
    }
    if (view->item_count > 1) {
        text_printf(out, ", %zu of %zu done", sum.items_done, view->item_count);
    }
    text_add_char(out, '\n');
}
