/* canonical_source_list.c — source values that must be arrays, or keys made into UUIDs. */
#include "verify/canonical_decimal.h"
#include "verify/canonical_reading.h"
#include "verify/canonical_text.h"
#include "verify/room.h"

#include <openssl/evp.h>

enum { UUID_SIZE = 16, LENGTH_SIZE = 4 };

/* What stands behind a mark of one byte: its size, then so many bytes. */
static size_t
sized(const uint8_t *at)
{
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

static bool
is_whole(const uint8_t *form, size_t size, enum type_kind kind)
{
    int64_t number = 0;
    return canonical_decimal_to_integer(form, size, 0, &number) &&
           (kind == TYPE_BIGINT_ARRAY || (number >= INT32_MIN && number <= INT32_MAX));
}

/* Whether a JSON form is an array of nothing but what the kind holds. */
static bool
is_list_of(const uint8_t *at, size_t size, enum type_kind kind)
{
    const uint8_t *end = at + size;
    if (*at++ != '[') {
        return false;
    }
    while (at < end && *at != ']') {
        uint8_t mark = *at++;
        if (mark == 'z') {
            continue;
        }
        if (mark != (kind == TYPE_TEXT_ARRAY ? 's' : 'n')) {
            return false;
        }
        size_t length = sized(at);
        at += LENGTH_SIZE;
        if (mark == 'n' && !is_whole(at, length, kind)) {
            return false;
        }
        at += length;
    }
    return at + 1 == end;
}

bool
read_array(struct reading *reading)
{
    struct text *out = reading->out;
    return reading->class == SQLITE_TEXT &&
           canonical_json_read(out, &reading->scratch->json, reading->bytes.bytes,
                               reading->bytes.size) &&
           is_list_of((const uint8_t *)out->bytes, out->length, reading->type->kind);
}

static void
add_old_key(struct reading *reading, struct text *name)
{
    static const char hex[] = "0123456789abcdef";
    if (reading->class == SQLITE_TEXT) {
        room_add_bytes(name, reading->bytes.bytes, reading->bytes.size);
    } else if (reading->class == SQLITE_BLOB) {
        text_add(name, "x'");
        for (size_t i = 0; i < reading->bytes.size; i++) {
            room_add_char(name, hex[reading->bytes.bytes[i] / 16]);
            room_add_char(name, hex[reading->bytes.bytes[i] % 16]);
        }
        room_add_char(name, '\'');
    } else {
        struct canonical number = reading_number_text(reading);
        room_add_bytes(name, number.bytes, number.size);
    }
}

/* SHA-1 of the namespace, the table, a colon and the old key; version 5 in the upper half
 * of byte 6, binary 10 at the top of byte 8. */
bool
read_mapped_uuid(struct reading *reading)
{
    const struct uuid_rule *rule = reading->type->uuid_rule;
    unsigned char digest[EVP_MAX_MD_SIZE];
    AUTO_TEXT name = {0};
    if (reading->class == SQLITE_TEXT &&
        !canonical_text_is(reading->bytes.bytes, reading->bytes.size)) {
        return false;
    }
    room_add_bytes(&name, rule->namespace, UUID_SIZE);
    text_add(&name, rule->table);
    room_add_char(&name, ':');
    add_old_key(reading, &name);
    if (EVP_Digest(name.bytes, name.length, digest, NULL, EVP_sha1(), NULL) != 1) {
        return false;
    }
    digest[6] = (unsigned char)(0x50 + digest[6] % 16);
    digest[8] = (unsigned char)(0x80 + digest[8] % 64);
    room_add_bytes(reading->out, digest, UUID_SIZE);
    return true;
}
