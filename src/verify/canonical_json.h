/* canonical_json.h — a JSON text as the value it means, in one form.
 *
 * Form: 'z' null, 't', 'f'; 'n' and a decimal (canonical_decimal.h) behind its 4-byte
 * length; 's' and the unescaped bytes behind their 4-byte length; '[' values ']';
 * '{' then per member the key (length and bytes) and the value, '}'. Members are
 * in jsonb's own order (shorter keys first, then by bytes), so that what the
 * server sends needs no sorting; of equal keys the last one counts, as in jsonb. */
#ifndef VERIFY_CANONICAL_JSON_H
#define VERIFY_CANONICAL_JSON_H

#include "base/text.h"

#include <stdint.h>

enum { CANONICAL_JSON_DEPTH_MAX = 1000 };

struct json_member;

/* Reused from value to value; the zero value is ready. */
struct canonical_json_scratch {
    struct text sorted;
    struct json_member *members; /* of all objects that are open, innermost last */
    size_t member_count;
    size_t member_capacity;
};
void canonical_json_scratch_free(struct canonical_json_scratch *scratch);

/* Adds the form to `out`. False, with nothing added: not JSON as RFC 8259 has it,
 * or nothing that jsonb could hold: nested deeper than CANONICAL_JSON_DEPTH_MAX,
 * \u0000, half a surrogate pair. */
MUST_USE bool canonical_json_read(struct text *out, struct canonical_json_scratch *scratch,
                                  const uint8_t *bytes, size_t size);

/* For the reader: notes a member of the innermost open object, whose key and value
 * stand in the output from `start` to `end`; and, when the object closes, rewrites
 * those from scratch->members[base] on, which stand in `out` behind `first`: sorted,
 * the last of equal keys only. */
void canonical_json_push(struct canonical_json_scratch *scratch, size_t start, size_t end);
void canonical_json_sort(struct text *out, struct canonical_json_scratch *scratch, size_t base,
                         size_t first);

#endif
