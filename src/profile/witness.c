/* witness.c — SQLite literals, cut, with nothing a terminal would obey. */
#include "profile/witness.h"

#include "value/lossless.h"
#include "value/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CUT "..."

enum {
    SAMPLE_ROOM = sizeof((struct witness *)NULL)->sample - sizeof CUT -
                  1, /* for quote and cut */
};

static void
sample_hex(struct cell_bytes bytes, char sample[48])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    sample[at++] = 'x';
    sample[at++] = '\'';
    size_t taken = 0;
    for (; taken < bytes.size && at + 2 <= SAMPLE_ROOM; taken++) {
        sample[at++] = digits[bytes.bytes[taken] >> 4];
        sample[at++] = digits[bytes.bytes[taken] & 0x0F];
    }
    snprintf(sample + at, 48 - at, "%s'", taken < bytes.size ? CUT : "");
}

/* U+0000..U+001F, U+007F, and U+0080..U+009F as their two bytes. */
static bool
is_control(const uint8_t *bytes)
{
    return bytes[0] < 0x20 || bytes[0] == 0x7F || (bytes[0] == 0xC2 && bytes[1] < 0xA0);
}

static size_t
sequence_size(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Well-formed text: quotes doubled, a control character shown as a question mark. */
static void
sample_text(struct cell_bytes text, char sample[48])
{
    size_t at = 0;
    sample[at++] = '\'';
    size_t taken = 0;
    while (taken < text.size) {
        const uint8_t *c = text.bytes + taken;
        size_t size = sequence_size(*c);
        bool control = is_control(c);
        bool quote = *c == '\'';
        if (at + (quote ? 2 : size) > SAMPLE_ROOM) {
            break;
        }
        if (control) {
            sample[at++] = '?';
        } else {
            memcpy(sample + at, c, size);
            at += size;
        }
        if (quote) {
            sample[at++] = '\'';
        }
        taken += size;
    }
    snprintf(sample + at, 48 - at, "%s'", taken < text.size ? CUT : "");
}

static void
sample_any_text(sqlite3_value *value, bool utf16, char sample[48])
{
    struct cell_bytes text = cell_text(value, utf16);
    size_t characters;
    if (text.broken_utf16 == 0 &&
        utf8_valid_prefix(text.bytes, text.size, &characters) == text.size) {
        sample_text(text, sample);
    } else {
        sample_hex(text, sample);
    }
}

void
witness_note(struct witness *witness, sqlite3_value *value, int64_t position, bool utf16)
{
    if (witness->set) {
        return;
    }
    witness->set = true;
    witness->position = position;
    char *sample = witness->sample;
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        snprintf(sample, sizeof witness->sample, "%" PRId64,
                 (int64_t)sqlite3_value_int64(value));
        break;
    case SQLITE_FLOAT: real_to_text(sqlite3_value_double(value), sample); break;
    case SQLITE_TEXT: sample_any_text(value, utf16, sample); break;
    case SQLITE_BLOB: sample_hex(cell_blob(value), sample); break;
    default: memcpy(sample, "NULL", sizeof "NULL"); break;
    }
}
