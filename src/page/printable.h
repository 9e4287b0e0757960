/* printable.h — other people's names and values, made safe for a terminal.
 *
 * A table may be called "\x1b[2J". Control characters, bytes that are not UTF-8
 * and characters that turn the reading direction are shown as \xHH or \u{H}. */
#ifndef PAGE_PRINTABLE_H
#define PAGE_PRINTABLE_H

#include "base/arena.h"
#include "base/text.h"

void printable_add(struct text *out, const char *string);

/* At most `columns` (>= 2) terminal columns; ".." at the end says that it was cut. */
void printable_add_cut(struct text *out, const char *string, size_t columns);

/* Terminal columns that `string` takes once it is printable. */
size_t printable_columns(const char *string);

/* A string that jansson accepts: itself when it is UTF-8, else printable. */
const char *printable_utf8(struct arena *arena, const char *string);

#endif
