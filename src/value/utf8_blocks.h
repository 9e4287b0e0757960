/* utf8_blocks.h — long text with letters beyond ASCII, 32 bytes at a time. */
#ifndef VALUE_UTF8_BLOCKS_H
#define VALUE_UTF8_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* Shorter texts gain nothing. */
enum { UTF8_BLOCKS_MIN = 64 };

/* Goes on from `at`, behind a whole sequence, for as long as whole blocks are well-formed as
 * utf8.h says; returns where a sequence begins again: all before is good, and what follows is to be
 * looked at one by one. Adds the continuation bytes it has passed. Where the processor has no
 * such vectors it returns `at`. */
size_t utf8_blocks(const uint8_t *bytes, size_t size, size_t at, size_t *continuations);

#endif
