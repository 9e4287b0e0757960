/* progress_bar.h — draws progress on stderr from a thread of its own.
 *
 * On a terminal: a block of lines at the bottom that is redrawn in place.
 * Elsewhere: one plain line every five seconds. */
#ifndef CLI_PROGRESS_BAR_H
#define CLI_PROGRESS_BAR_H

#include "base/progress.h"

#include <stdio.h>

struct progress_bar;

/* color: lines may be colored. NULL when no thread could be started: nothing
 * is drawn then. progress: borrowed until progress_bar_stop. */
struct progress_bar *progress_bar_start(struct progress *progress, bool color);

/* A stream on a descriptor (1 or 2) whose writes appear above the block instead
 * of inside it. Line-buffered; the caller closes it before progress_bar_stop.
 * bar may be NULL. NULL when there is no memory. */
FILE *progress_bar_stream(struct progress_bar *bar, int descriptor);

/* Erases the block, ends the thread, frees the bar. NULL is fine. */
void progress_bar_stop(struct progress_bar *bar);

#endif
