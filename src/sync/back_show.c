/* back_show.c — values of the source for people. */
#include "sync/back_internal.h"

#include <inttypes.h>

enum { SHOWN_BYTES = 60 };

static void
show_bytes(struct text *out, const uint8_t *bytes, size_t size, bool text)
{
    size_t shown = size < SHOWN_BYTES ? size : SHOWN_BYTES;
    text_add(out, text ? "'" : "x'");
    for (size_t i = 0; i < shown; i++) {
        if (!text) {
            text_printf(out, "%02x", bytes[i]);
        } else {
            text_add_char(out, bytes[i] < 0x20 ? '?' : (char)bytes[i]);
        }
    }
    text_add(out, shown < size ? "...'" : "'");
}

void
back_show(struct text *out, const struct sqlite_value *value)
{
    switch (value->storage_class) {
    case SQLITE_INTEGER: text_printf(out, "%" PRId64, value->integer); return;
    case SQLITE_FLOAT: text_printf(out, "%.17g", value->real); return;
    case SQLITE_TEXT: show_bytes(out, value->bytes, value->size, true); return;
    case SQLITE_BLOB: show_bytes(out, value->bytes, value->size, false); return;
    default: text_add(out, "NULL"); return;
    }
}
