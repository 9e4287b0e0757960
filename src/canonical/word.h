/* word.h — the small fixed forms of text: booleans and UUIDs. */
#ifndef CANONICAL_WORD_H
#define CANONICAL_WORD_H

#include "base/text.h"

#include <stdint.h>

/* 1 or 0 for t f true false y n yes no on off 1 0 in any case; -1: another word. */
int canonical_word_boolean(const uint8_t *word, size_t size);

/* Adds the 16 bytes of 8-4-4-4-12 or 32 hex digits. False: it is no UUID, and what
 * was added is void. */
MUST_USE bool canonical_word_uuid(struct text *out, const uint8_t *bytes, size_t size);

#endif
