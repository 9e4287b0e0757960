/* chain_json.h — JSON text in the one spelling that hash chains are made over: keys
 * sorted by their bytes, of equal keys the last, no blanks, nothing escaped beyond
 * need, numbers as they are written. */
#ifndef VERIFY_CHAIN_JSON_H
#define VERIFY_CHAIN_JSON_H

#include "base/text.h"

#include <stdint.h>

enum { CHAIN_JSON_DEPTH_MAX = 200 };

/* Adds it to `out`. False, with nothing added: it is no JSON, or nested deeper. */
MUST_USE bool chain_json_add(struct text *out, const uint8_t *bytes, size_t size);

/* Adds the bytes as a JSON string. */
void chain_json_quote(struct text *out, const uint8_t *bytes, size_t size);

#endif
