/* bar.h — what progress looks like; pure functions from numbers to text. */
#ifndef CLI_BAR_H
#define CLI_BAR_H

#include "base/progress.h"
#include "base/text.h"

struct bar_item {
    const char *name;
    uint64_t done;
    uint64_t total; /* 0: not known */
    double rate;    /* units a second; 0: not known yet */
    enum progress_state state;
};

/* One moment of one phase. */
struct bar_view {
    const char *phase;
    const char *unit; /* "rows" */
    const struct bar_item *items;
    size_t item_count;
    double rate;           /* of all together */
    size_t columns;        /* width of the terminal; lines stay below it */
    size_t item_lines_max; /* running items shown below the overall line */
    bool color;
};

/* Adds the overall line and one line for each running item, each ended by a
 * newline. `widths`, of item_lines_max + 1 entries, receives the terminal columns of each line
 * and *line_count their number. */
void bar_render_live(struct text *out, const struct bar_view *view, size_t *widths,
                     size_t *line_count);

/* Adds one line without decoration, for logs; ended by a newline. */
void bar_render_plain(struct text *out, const struct bar_view *view);

#endif
