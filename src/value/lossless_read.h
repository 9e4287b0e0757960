/* lossless_read.h — rows that were set aside, from their JSON (lossless.h) back to values of
 * SQLite, so that the encoders take them as if they came from the file. */
#ifndef VALUE_LOSSLESS_READ_H
#define VALUE_LOSSLESS_READ_H

#include "base/error.h"

#include <stddef.h>

#include <jansson.h>
#include <sqlite3.h>

/* The zero value is closed. One row at a time. */
struct lossless_reader {
    sqlite3 *handle; /* in memory, empty, in the file's encoding */
    sqlite3_stmt *row;
};

/* encoding: as in struct catalog. */
MUST_USE bool lossless_reader_open(struct lossless_reader *reader, const char *encoding,
                                   struct error *err);
void lossless_reader_close(struct lossless_reader *reader);
#define AUTO_LOSSLESS_READER                                                                   \
    __attribute__((cleanup(lossless_reader_close))) struct lossless_reader

/* Reads the members `names` of a row's JSON; a missing one is NULL. Each value has the storage
 * class and the bytes it had in the file. ERROR_SOURCE: this is not what lossless.h writes, or
 * UTF-16 text with an odd byte, which SQLite gives to nobody. */
MUST_USE bool lossless_reader_take(struct lossless_reader *reader, const json_t *row,
                                   const char *const *names, size_t count, struct error *err);

/* Of the row taken last, by position in `names`; valid until the next. */
sqlite3_value *lossless_reader_value(const struct lossless_reader *reader, size_t index);

#endif
