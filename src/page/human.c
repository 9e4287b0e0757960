/* human.c — see human.h. */
#include "page/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
human_count(struct text *out, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text_add_char(out, ',');
        }
        text_add_char(out, digits[i]);
    }
}

void
human_counted(struct text *out, uint64_t number, const char *singular)
{
    human_count(out, number);
    text_printf(out, " %s%s", singular, number == 1 ? "" : "s");
}

void
human_short(struct text *out, double number)
{
    static const char suffixes[] = " kMGT";
    size_t suffix = 0;
    /* 999.95 would be shown as "1000.0". */
    while (number >= (suffix == 0 ? 999.5 : 999.95) && suffix + 1 < strlen(suffixes)) {
        number /= 1000;
        suffix++;
    }
    if (suffix == 0) {
        text_printf(out, "%.0f", number);
    } else {
        text_printf(out, "%.1f%c", number, suffixes[suffix]);
    }
}

void
human_bytes(struct text *out, uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        human_counted(out, bytes, "byte");
        return;
    }
    double number = (double)bytes / 1000;
    size_t unit = 0;
    while (number >= 999.95 && unit + 1 < sizeof units / sizeof units[0]) {
        number /= 1000;
        unit++;
    }
    text_printf(out, "%.1f %s", number, units[unit]);
}

void
human_seconds(struct text *out, double seconds)
{
    if (seconds < 59.95) {
        text_printf(out, "%.1f s", seconds);
        return;
    }
    uint64_t whole = (uint64_t)(seconds + 0.5);
    if (whole < 3600) {
        text_printf(out, "%" PRIu64 " min %02" PRIu64 " s", whole / 60, whole % 60);
    } else {
        text_printf(out, "%" PRIu64 " h %02" PRIu64 " min", whole / 3600, whole % 3600 / 60);
    }
}

void
human_clock(struct text *out, uint64_t seconds)
{
    if (seconds < 3600) {
        text_printf(out, "%" PRIu64 ":%02" PRIu64, seconds / 60, seconds % 60);
    } else {
        text_printf(out, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600,
                    seconds % 3600 / 60, seconds % 60);
    }
}
