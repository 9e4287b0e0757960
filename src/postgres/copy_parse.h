/* copy_parse.h — rows out of binary COPY messages; knows no connection, so tests
 * and the fuzzer feed it bytes. */
#ifndef POSTGRES_COPY_PARSE_H
#define POSTGRES_COPY_PARSE_H

#include "postgres/copy_stream.h"

enum copy_parse {
    PARSE_ROW,
    PARSE_NEEDS_MESSAGE, /* nothing left between cursor and end */
    PARSE_TRAILER,       /* the stream said it is over */
    PARSE_BROKEN         /* err tells; never reads beyond reader->end */
};

/* The next row between reader->cursor and reader->end, the file header first.
 * fields: valid as long as those bytes. */
enum copy_parse copy_parse_row(struct copy_reader *reader, struct copy_field *fields,
                               size_t field_count, struct error *err);

#endif
