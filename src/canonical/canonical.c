/* canonical.c — what both sides of canonical.h share. */
#include "canonical/canonical.h"

#include "base/text_put.h"

#include <endian.h>

void
canonical_scratch_free(struct canonical_scratch *scratch)
{
    text_free(&scratch->bytes);
    text_free(&scratch->utf8);
    text_free(&scratch->list);
    canonical_json_scratch_free(&scratch->json);
    canonical_zones_free(&scratch->zones);
}

void
canonical_add_u64(struct text *out, uint64_t value)
{
    uint64_t swapped = htobe64(value);
    text_put_bytes(out, &swapped, sizeof swapped);
}

uint64_t
canonical_read_u64(const uint8_t *bytes)
{
    uint64_t swapped;
    memcpy(&swapped, bytes, sizeof swapped);
    return be64toh(swapped);
}

size_t
canonical_trimmed(const struct canonical *form)
{
    size_t size = form->size;
    while (size > 0 && form->bytes[size - 1] == ' ') {
        size--;
    }
    return size;
}
