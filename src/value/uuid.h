/* uuid.h — UUIDs made of old keys, always the same one of the same key. */
#ifndef VALUE_UUID_H
#define VALUE_UUID_H

#include "value/encode.h"
#include "value/word.h"

/* RFC 9562, section 5.5: the UUIDv5 of a namespace and a name. */
void uuid_v5(const uint8_t namespace[UUID_SIZE], const void *name, size_t size,
             uint8_t uuid[UUID_SIZE]);

/* 36 characters, lower case, without a NUL. */
void uuid_print(const uint8_t uuid[UUID_SIZE], char text[UUID_TEXT_SIZE]);

/* The part of the name behind "table:" for a key that is no UUID: the text itself, an
 * integer's digits, a real's shortest text, a blob as x'00ff'. Added to `out`. */
void uuid_old_text(sqlite3_value *value, bool utf16, struct text *out);

/* Whether a type with a uuid_rule gives the value a UUID of its own making (which is
 * then in `uuid`), so that the old key should be kept: false for NULL, for what is a
 * UUID already, for text that is refused (not UTF-8, or with U+0000), and for a type
 * without a rule. */
bool value_uuid_is_mapped(sqlite3_value *value, const struct value_type *type,
                          const struct encode_settings *settings, uint8_t uuid[UUID_SIZE]);

#endif
