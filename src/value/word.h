/* word.h — the small fixed forms: booleans and UUIDs as text. */
#ifndef VALUE_WORD_H
#define VALUE_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* t f true false yes no y n on off 0 1, in any case. */
bool boolean_parse(const uint8_t *bytes, size_t size, bool *value);

enum { UUID_SIZE = 16, UUID_TEXT_SIZE = 36, UUID_HEX_SIZE = 32 };

/* 8-4-4-4-12 hex digits with hyphens, or 32 without, in any case. `canonical`:
 * exactly what PostgreSQL gives back, lower case with hyphens. */
bool uuid_parse(const uint8_t *bytes, size_t size, uint8_t uuid[UUID_SIZE], bool *canonical);

#endif
