/* decode.h — one field of PostgreSQL's binary COPY back into a SQLite value. */
#ifndef VALUE_DECODE_H
#define VALUE_DECODE_H

#include "postgres/copy_stream.h"
#include "value/encode.h"
#include "value/source_form.h"

/* What SQLite is to store. */
struct sqlite_value {
    int storage_class; /* SQLITE_INTEGER, ..., SQLITE_NULL */
    int64_t integer;
    double real;
    const uint8_t
        *bytes; /* of a text (UTF-8) or a blob; borrowed from the field or the scratch */
    size_t size;
};

/* The inverse of encode_function. `form` says how the column writes values; one that it
 * has no room for (a fraction where numbers are integers, seconds where there are none)
 * takes the nearest form that loses nothing; what SQLite has no value for at all (infinity
 * in a date, NaN) becomes PostgreSQL's text for it.
 *
 * A value in the column's form comes back as it was, bit by bit, where
 * value_exactness says EXACT_IN_FORM or better. A uuid_rule is not undone here: the old
 * key of a mapped UUID stands in outgrow.id_map.
 *
 * `scratch` is reused from value to value. False: the field is no value of that type. */
MUST_USE bool value_decode(const struct copy_field *field, const struct value_type *type,
                           const struct source_form *form, struct text *scratch,
                           struct sqlite_value *value, struct refusal *refusal);

/* Binds it; bytes must stay until the statement was stepped. Returns SQLite's code. */
int sqlite_value_bind(sqlite3_stmt *statement, int parameter, const struct sqlite_value *value);

enum exactness {
    EXACT_ALWAYS,  /* decode(encode(v)) is v for every v that encodes */
    EXACT_IN_FORM, /* ... for every v that is written in the column's form */
    EXACT_IN_PART, /* ... for some even of those: `words` says which not */
    EXACT_NEVER,   /* refused, or gone */
};

struct exactness_note {
    enum exactness exactness;
    const char *words; /* for people: "of a key that stands twice only the last is kept"; "" */
};

/* For a storage class (SQLITE_INTEGER, ...) as the type. Static. */
struct exactness_note value_exactness(const struct value_type *type, int storage_class);

#endif
