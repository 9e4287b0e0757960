/* back_show.c — values of the source for people. */
#include "sync/back_internal.h"
#include "value/utf8.h"

#include <inttypes.h>

enum { SHOWN_BYTES = 60 };

static void
show_blob(struct text *out, const uint8_t *bytes, size_t size)
{
    size_t shown = size < SHOWN_BYTES ? size : SHOWN_BYTES;
    text_add(out, "x'");
    for (size_t i = 0; i < shown; i++) {
        text_printf(out, "%02x", bytes[i]);
    }
    text_add(out, shown < size ? "...'" : "'");
}

/* Cut between two characters; '?' for what is none, or none that can be seen. */
static void
show_text(struct text *out, const uint8_t *bytes, size_t size)
{
    size_t shown = size < SHOWN_BYTES ? size : SHOWN_BYTES;
    while (shown < size && shown > 0 && (bytes[shown] & 0xC0) == 0x80) {
        shown--;
    }
    text_add_char(out, '\'');
    for (size_t at = 0; at < shown;) {
        size_t characters;
        size_t good = utf8_valid_prefix(bytes + at, shown - at, &characters);
        for (size_t i = 0; i < good; i++) {
            text_add_char(out, bytes[at + i] < 0x20 ? '?' : (char)bytes[at + i]);
        }
        at += good;
        if (at < shown) {
            text_add_char(out, '?');
            at++;
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
    case SQLITE_TEXT: show_text(out, value->bytes, value->size); return;
    case SQLITE_BLOB: show_blob(out, value->bytes, value->size); return;
    default: text_add(out, "NULL"); return;
    }
}
