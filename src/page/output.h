/* output.h — where a command's words go. */
#ifndef PAGE_OUTPUT_H
#define PAGE_OUTPUT_H

#include "base/progress.h"

#include <stdbool.h>
#include <stdio.h>

/* Results on `out`, everything else on `err_out` (stderr). */
struct output {
    FILE *out;
    FILE *err_out;             /* whole lines appear above the bar */
    bool color;                /* out is a terminal and NO_COLOR is not set */
    bool redraws;              /* out is a terminal that can be drawn anew */
    int columns;               /* width to wrap words at, 40 .. 120 */
    struct progress *progress; /* drawn by cli/ on stderr */
};

#endif
