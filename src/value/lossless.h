/* lossless.h — a SQLite value or row as JSON that loses nothing.
 *
 * Used for rows that are set aside: an integer is {"integer": "12"}, a real
 * {"real": "0.1"} (shortest text that reads back the same; "Infinity"), text
 * {"text": "..."} or {"text_hex": "..."} where it is not UTF-8 or holds U+0000,
 * (or {"text_utf16le_hex": "..."}, be: the bytes of text that is not well-formed
 * UTF-16 in a UTF-16 file), a blob {"blob": "<hex>"}, NULL null. */
#ifndef VALUE_LOSSLESS_H
#define VALUE_LOSSLESS_H

#include "base/text.h"
#include "value/cell.h"

/* Adds one value. */
void lossless_add_value(struct text *json, sqlite3_value *value, bool utf16);

/* Adds `"name": ` with JSON escapes. */
void lossless_add_name(struct text *json, const char *name);

/* The shortest decimal text that strtod reads back as exactly `number`, always
 * with a point or exponent ("2.0"); "Infinity", "-Infinity". */
enum { REAL_TEXT_SIZE = 32 };
size_t real_to_text(double number, char text[REAL_TEXT_SIZE]);

#endif
