/* uuid.c — see uuid.h. */
#include "value/uuid.h"

#include "value/field.h"
#include "value/nulls.h"
#include "value/utf8.h"

#include <assert.h>
#include <openssl/evp.h>

enum { SHA1_SIZE = 20 };

void
uuid_v5(const uint8_t namespace[UUID_SIZE], const void *name, size_t size,
        uint8_t uuid[UUID_SIZE])
{
    AUTO_TEXT input = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    text_reserve(&input, UUID_SIZE + size);
    text_add_bytes(&input, namespace, UUID_SIZE);
    text_add_bytes(&input, name, size);
    int made = EVP_Digest(input.bytes, input.length, digest, &digest_size, EVP_sha1(), NULL);
    assert(made == 1 && digest_size == SHA1_SIZE);
    memcpy(uuid, digest, UUID_SIZE);
    uuid[6] = (uint8_t)((uuid[6] & 0x0F) | 0x50); /* version */
    uuid[8] = (uint8_t)((uuid[8] & 0x3F) | 0x80); /* variant */
}

void
uuid_print(const uint8_t uuid[UUID_SIZE], char text[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < UUID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *text++ = '-';
        }
        *text++ = digits[uuid[i] >> 4];
        *text++ = digits[uuid[i] & 0x0F];
    }
}

void
uuid_old_text(sqlite3_value *value, bool utf16, struct text *out)
{
    char number[NUMBER_TEXT_SIZE];
    struct cell_bytes bytes;
    switch (sqlite3_value_type(value)) {
    case SQLITE_TEXT:
        bytes = cell_text(value, utf16);
        text_add_bytes(out, bytes.bytes, bytes.size);
        break;
    case SQLITE_BLOB:
        bytes = cell_blob(value);
        text_add(out, "x'");
        for (size_t i = 0; i < bytes.size; i++) {
            text_printf(out, "%02x", bytes.bytes[i]);
        }
        text_add_char(out, '\'');
        break;
    case SQLITE_NULL: break;
    default: text_add_bytes(out, number, number_to_text(value, number)); break;
    }
}

/* A value that is a UUID as it is. */
static bool
is_uuid(sqlite3_value *value, const struct encode_settings *settings, uint8_t uuid[UUID_SIZE])
{
    bool canonical;
    struct cell_bytes bytes;
    switch (sqlite3_value_type(value)) {
    case SQLITE_TEXT:
        bytes = plain_text(value, settings);
        return uuid_parse(bytes.bytes, bytes.size, uuid, &canonical);
    case SQLITE_BLOB:
        bytes = cell_blob(value);
        if (bytes.size == UUID_SIZE) {
            memcpy(uuid, bytes.bytes, UUID_SIZE);
        }
        return bytes.size == UUID_SIZE;
    default: return false;
    }
}

/* Text that PostgreSQL could hold, or no text. If not, says why. */
static bool
is_good_text(sqlite3_value *value, const struct encode_settings *settings,
             struct refusal *refusal)
{
    if (sqlite3_value_type(value) != SQLITE_TEXT) {
        return true;
    }
    struct cell_bytes text = cell_text(value, settings->utf16);
    size_t characters;
    size_t good = text.broken_utf16 != 0
                      ? 0
                      : utf8_valid_prefix(text.bytes, text.size, &characters);
    if (text.broken_utf16 == 0 && good == text.size) {
        return true;
    }
    refuse_bad_text(refusal, text, good);
    return false;
}

static void
map_uuid(sqlite3_value *value, const struct uuid_rule *rule, bool utf16,
         uint8_t uuid[UUID_SIZE])
{
    AUTO_TEXT name = {0};
    text_add(&name, rule->table);
    text_add_char(&name, ':');
    uuid_old_text(value, utf16, &name);
    uuid_v5(rule->namespace, name.bytes, name.length, uuid);
}

bool
value_uuid_is_mapped(sqlite3_value *value, const struct value_type *type,
                     const struct encode_settings *settings, uint8_t uuid[UUID_SIZE])
{
    struct refusal refusal;
    if (type->uuid_rule == NULL || sqlite3_value_type(value) == SQLITE_NULL ||
        value_is_null_text(value, type, settings->utf16) || is_uuid(value, settings, uuid) ||
        !is_good_text(value, settings, &refusal)) {
        return false;
    }
    map_uuid(value, type->uuid_rule, settings->utf16, uuid);
    return true;
}

enum encode_outcome
encode_uuid_by_rule(sqlite3_value *value, const struct value_type *type,
                    const struct encode_settings *settings, struct text *row,
                    struct refusal *refusal)
{
    uint8_t uuid[UUID_SIZE];
    if (sqlite3_value_type(value) == SQLITE_NULL) {
        return field_null(row);
    }
    if (!is_uuid(value, settings, uuid)) {
        if (!is_good_text(value, settings, refusal)) {
            return ENCODE_REFUSED;
        }
        map_uuid(value, type->uuid_rule, settings->utf16, uuid);
    }
    return field_bytes(row, uuid, UUID_SIZE);
}
