/* progress_bar.c — see progress_bar.h. */
#include "cli/progress_bar.h"

#include "base/clock.h"
#include "base/condition.h"
#include "cli/bar.h"
#include "cli/rates.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TICK_MS = 200, PLAIN_EVERY_MS = 5000, ITEM_LINES_MAX = 4 };

/* A stream that writes above the block. */
struct bar_stream {
    struct progress_bar *bar; /* NULL: plain writes */
    int descriptor;
};

struct progress_bar {
    struct progress *progress;
    bool live; /* stderr is a terminal that can move its cursor */
    bool color;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what is below, and the terminal */
    pthread_cond_t wake;
    bool stopping;
    size_t line_widths[ITEM_LINES_MAX + 1]; /* of the block on the screen */
    size_t line_count;                      /* 0: none is there */
    int64_t phase_started_ms;               /* which phase the rates are of */
    struct phase_rate rate;
    struct item_rate *item_rates;
    struct bar_item *items;
    size_t item_count;
    int64_t plain_ms; /* when the last plain line went out */
};

static void
write_all(int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(descriptor, bytes, length);
        if (written < 0 && errno != EINTR) {
            return;
        }
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
}

static struct winsize
window_size(void)
{
    struct winsize size = {0};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        size.ws_col = 80;
        size.ws_row = 24;
    }
    return size;
}

/* Moves to the block's first line and clears from there. A terminal that became
 * narrower has wrapped the block's lines, so they are counted at today's width. */
static void
add_erase(struct progress_bar *bar, struct text *out, size_t columns)
{
    size_t rows = 0;
    for (size_t i = 0; i < bar->line_count; i++) {
        rows += bar->line_widths[i] == 0 ? 1 : (bar->line_widths[i] + columns - 1) / columns;
    }
    if (rows > 0) {
        text_printf(out, "\x1b[%zuA\r\x1b[J", rows);
    }
    bar->line_count = 0;
}

static void
erase(struct progress_bar *bar)
{
    AUTO_TEXT out = {0};
    add_erase(bar, &out, window_size().ws_col);
    write_all(STDERR_FILENO, text_string(&out), out.length);
}

/* A new phase has new items: forget the old one's rates. */
static void
follow_phase(struct progress_bar *bar)
{
    const struct progress *progress = bar->progress;
    if (bar->phase_started_ms == progress->started_ms &&
        bar->item_count == progress->item_count) {
        return;
    }
    free(bar->items);
    free(bar->item_rates);
    bar->item_count = progress->item_count;
    bar->items = calloc(bar->item_count + 1, sizeof *bar->items);
    bar->item_rates = calloc(bar->item_count + 1, sizeof *bar->item_rates);
    if (bar->items == NULL || bar->item_rates == NULL) {
        bar->item_count = 0;
    }
    bar->phase_started_ms = progress->started_ms;
    phase_rate_reset(&bar->rate);
}

static void
read_items(struct progress_bar *bar, int64_t now_ms)
{
    uint64_t done = 0;
    for (size_t i = 0; i < bar->item_count; i++) {
        struct progress_item *item = &bar->progress->items[i];
        struct bar_item *shown = &bar->items[i];
        *shown = (struct bar_item){
            .name = item->name,
            .done = atomic_load_explicit(&item->units_done, memory_order_relaxed),
            .total = item->units_total,
            .state = (enum progress_state)atomic_load_explicit(&item->state,
                                                               memory_order_relaxed),
        };
        if (shown->state == PROGRESS_RUNNING) {
            shown->rate = item_rate_update(&bar->item_rates[i], now_ms, shown->done);
        }
        done += shown->done;
    }
    phase_rate_add(&bar->rate, now_ms, done);
}

/* One item that is counted needs no line of its own: the overall line says it all. */
static size_t
item_lines(const struct progress_bar *bar, struct winsize size)
{
    bool all_said = bar->item_count == 1 && bar->items[0].total > 1;
    return all_said || size.ws_row <= ITEM_LINES_MAX + 2 ? 0 : ITEM_LINES_MAX;
}

static void
render(struct progress_bar *bar, struct text *out, struct winsize size)
{
    struct bar_view view = {
        .phase = bar->progress->phase,
        .unit = bar->progress->unit,
        .items = bar->items,
        .item_count = bar->item_count,
        .rate = phase_rate_value(&bar->rate),
        .columns = size.ws_col,
        .item_lines_max = item_lines(bar, size),
        .color = bar->color,
    };
    if (bar->live) {
        bar_render_live(out, &view, bar->line_widths, &bar->line_count);
    } else {
        bar_render_plain(out, &view);
    }
}

/* With bar->lock held. Names are borrowed from the engine, so they are turned
 * into text while progress->lock keeps the phase from ending. */
static void
draw(struct progress_bar *bar)
{
    int64_t now_ms = clock_monotonic_ms();
    struct winsize size = window_size();
    AUTO_TEXT out = {0};
    if (bar->live) {
        add_erase(bar, &out, size.ws_col);
    }
    pthread_mutex_lock(&bar->progress->lock);
    if (bar->progress->phase != NULL) {
        follow_phase(bar);
        read_items(bar, now_ms);
        if (bar->live || now_ms - bar->plain_ms >= PLAIN_EVERY_MS) {
            render(bar, &out, size);
            bar->plain_ms = now_ms;
        }
    }
    pthread_mutex_unlock(&bar->progress->lock);
    write_all(STDERR_FILENO, text_string(&out), out.length);
}

static void *
bar_main(void *argument)
{
    struct progress_bar *bar = argument;
    pthread_mutex_lock(&bar->lock);
    while (!bar->stopping) {
        draw(bar);
        struct timespec until = condition_deadline(TICK_MS);
        pthread_cond_timedwait(&bar->wake, &bar->lock, &until);
    }
    pthread_mutex_unlock(&bar->lock);
    return NULL;
}

static bool
terminal_is_capable(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

struct progress_bar *
progress_bar_start(struct progress *progress, bool color)
{
    struct progress_bar *bar = calloc(1, sizeof *bar);
    if (bar == NULL) {
        return NULL;
    }
    bar->progress = progress;
    bar->live = terminal_is_capable();
    bar->color = color;
    bar->plain_ms = clock_monotonic_ms();
    pthread_mutex_init(&bar->lock, NULL);
    condition_init(&bar->wake);
    if (pthread_create(&bar->thread, NULL, bar_main, bar) != 0) {
        free(bar);
        return NULL;
    }
    return bar;
}

void
progress_bar_stop(struct progress_bar *bar)
{
    if (bar == NULL) {
        return;
    }
    pthread_mutex_lock(&bar->lock);
    bar->stopping = true;
    pthread_cond_signal(&bar->wake);
    pthread_mutex_unlock(&bar->lock);
    pthread_join(bar->thread, NULL);
    erase(bar);
    pthread_cond_destroy(&bar->wake);
    pthread_mutex_destroy(&bar->lock);
    free(bar->items);
    free(bar->item_rates);
    free(bar);
}

static ssize_t
stream_write(void *cookie, const char *bytes, size_t length)
{
    const struct bar_stream *stream = cookie;
    if (stream->bar == NULL) {
        return write(stream->descriptor, bytes, length);
    }
    pthread_mutex_lock(&stream->bar->lock);
    erase(stream->bar);
    ssize_t written = write(stream->descriptor, bytes, length);
    pthread_mutex_unlock(&stream->bar->lock);
    return written < 0 ? 0 : written; /* 0 is how a cookie says that it failed */
}

static int
stream_close(void *cookie)
{
    free(cookie);
    return 0;
}

FILE *
progress_bar_stream(struct progress_bar *bar, int descriptor)
{
    struct bar_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    *stream = (struct bar_stream){.bar = bar, .descriptor = descriptor};
    FILE *file = fopencookie(
        stream, "w", (cookie_io_functions_t){.write = stream_write, .close = stream_close});
    if (file == NULL) {
        free(stream);
        return NULL;
    }
    setvbuf(file, NULL, _IOLBF, BUFSIZ);
    return file;
}
