/* literal.h — is this text a value of that PostgreSQL type? */
#ifndef TRANSLATE_LITERAL_H
#define TRANSLATE_LITERAL_H

#include "sqlite/catalog.h"

/* Well-formed UTF-8. *characters: code points; may be NULL. */
bool literal_is_utf8(const char *text, size_t *characters);

/* -digits[.digits]; counts the digits on both sides, trailing zeros left out. */
bool literal_is_decimal(const char *text, size_t *digits, size_t *scale);
bool literal_is_integer(const char *text, int64_t *value);
bool literal_is_boolean(const char *text, bool *value);

/* 8-4-4-4-12 or 32 hex digits. */
bool literal_is_uuid(const char *text);
/* binary: also as jsonb, without loss. */
bool literal_is_json(const char *text, bool binary);

/* A date that exists, a time of day, both; "T" or a blank between, a zone where
 * *zoned is wanted. */
bool literal_is_date(const char *text);
bool literal_is_time(const char *text);
bool literal_is_timestamp(const char *text, bool *zoned);

/* SQLite's affinity of a type name in a CAST (datatype3.html, 3.1). */
enum affinity literal_cast_affinity(const char *type);

#endif
