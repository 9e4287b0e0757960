/* source_list.c — source values that must be arrays, or keys made into UUIDs. */
#include "base/text_put.h"
#include "canonical/decimal.h"
#include "canonical/source_reading.h"
#include "canonical/text.h"

#include <endian.h>
#include <openssl/evp.h>

enum { UUID_SIZE = 16, LENGTH_SIZE = 4 };

static bool
is_whole(const uint8_t *form, size_t size, enum type_kind kind)
{
    int64_t number = 0;
    return canonical_decimal_to_integer(form, size, 0, &number) &&
           (kind == TYPE_BIGINT_ARRAY || (number >= INT32_MIN && number <= INT32_MAX));
}

/* Of an array's JSON form: *at is behind the number then. */
static bool
add_whole(struct text *out, const uint8_t **at, enum type_kind kind)
{
    size_t size = strspn((const char *)*at, "-0123456789.e");
    size_t start = out->length;
    bool whole = canonical_decimal_from_text(out, *at, size) &&
                 is_whole((const uint8_t *)out->bytes + start, out->length - start, kind);
    *at += size;
    return whole;
}

static bool
add_string(struct text *out, const uint8_t **at)
{
    if (**at != '"') {
        return false;
    }
    canonical_json_add_string(out, at);
    return true;
}

static bool
add_item(struct text *out, const uint8_t **at, enum type_kind kind)
{
    bool texts = kind == TYPE_TEXT_ARRAY;
    if (**at == 'n') {
        text_put_char(out, 'z');
        *at += strlen("null");
        return true;
    }
    text_put_char(out, texts ? 's' : 'n');
    text_put_bytes(out, "\0\0\0\0", LENGTH_SIZE);
    size_t start = out->length;
    bool added = texts ? add_string(out, at) : add_whole(out, at, kind);
    uint32_t size = htobe32((uint32_t)(out->length - start));
    memcpy(out->bytes + start - LENGTH_SIZE, &size, LENGTH_SIZE);
    return added;
}

/* Of the JSON form; false where it is no array of nothing but what the kind holds. */
static bool
add_items(struct text *out, const uint8_t *at, enum type_kind kind)
{
    if (*at++ != '[') {
        return false;
    }
    text_put_char(out, '[');
    while (*at != ']') {
        if (!add_item(out, &at, kind)) {
            return false;
        }
        at += *at == ',' ? strlen(", ") : 0;
    }
    text_put_char(out, ']');
    return true;
}

bool
read_array(struct reading *reading)
{
    struct text *form = &reading->scratch->list;
    form->length = 0;
    return reading->class == SQLITE_TEXT &&
           canonical_json_read(form, &reading->scratch->json, reading->bytes.bytes,
                               reading->bytes.size) &&
           add_items(reading->out, (const uint8_t *)form->bytes, reading->type->kind);
}

static void
add_old_key(struct reading *reading, struct text *name)
{
    static const char hex[] = "0123456789abcdef";
    if (reading->class == SQLITE_TEXT) {
        text_put_bytes(name, reading->bytes.bytes, reading->bytes.size);
    } else if (reading->class == SQLITE_BLOB) {
        text_add(name, "x'");
        for (size_t i = 0; i < reading->bytes.size; i++) {
            text_put_char(name, hex[reading->bytes.bytes[i] / 16]);
            text_put_char(name, hex[reading->bytes.bytes[i] % 16]);
        }
        text_put_char(name, '\'');
    } else {
        struct canonical number = reading_number_text(reading);
        text_put_bytes(name, number.bytes, number.size);
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
    text_put_bytes(&name, rule->namespace, UUID_SIZE);
    text_add(&name, rule->table);
    text_put_char(&name, ':');
    add_old_key(reading, &name);
    if (EVP_Digest(name.bytes, name.length, digest, NULL, EVP_sha1(), NULL) != 1) {
        return false;
    }
    digest[6] = (unsigned char)(0x50 + digest[6] % 16);
    digest[8] = (unsigned char)(0x80 + digest[8] % 64);
    text_put_bytes(reading->out, digest, UUID_SIZE);
    return true;
}
