/* human.h — numbers as people read them. */
#ifndef PAGE_HUMAN_H
#define PAGE_HUMAN_H

#include "base/text.h"

#include <stdint.h>

void human_count(struct text *out, uint64_t number);  /* 1,234,567 */
void human_short(struct text *out, double number);    /* 950, 12.3k, 4.0M */
void human_bytes(struct text *out, uint64_t bytes);   /* 512 bytes, 12.3 MB */
void human_seconds(struct text *out, double seconds); /* 0.4 s, 2 min 05 s, 1 h 02 min */
void human_clock(struct text *out, uint64_t seconds); /* 0:07, 12:34, 1:02:03 */

/* "1 row", "2 rows". */
void human_counted(struct text *out, uint64_t number, const char *singular);

#endif
