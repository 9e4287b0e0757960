/* encode.h — one SQLite value into one field of PostgreSQL's binary COPY.
 *
 * The formats are those of the types' *_recv functions, PostgreSQL 13..18.
 * Shared by copy/ and sync/; verify/ must not use it. */
#ifndef VALUE_ENCODE_H
#define VALUE_ENCODE_H

#include "base/text.h"
#include "value/cell.h"
#include "value/profile.h"
#include "value/type.h"

enum encode_outcome {
    ENCODE_OK,
    ENCODE_REFUSED, /* nothing was added; the refusal says why */
    ENCODE_ALTERED, /* BAD_TEXT_STRIP: a cleaned value was added; the refusal says what was wrong */
};

/* Why a value cannot be stored as the type. */
struct refusal {
    char reason[160]; /* "text is not valid UTF-8 at byte 12" */
};

/* Settings that are the same for the whole run. */
struct encode_settings {
    bool utf16;
    enum bad_text bad_text;
};

/* Appends the field (int32 length, then the bytes; NULL is length -1) to `row`.
 * The value's storage class decides how it is read; `type` what it becomes.
 * Never rounds, cuts or guesses: what is not exact is refused. */
typedef enum encode_outcome encode_function(sqlite3_value *value, const struct value_type *type,
                                            const struct encode_settings *settings,
                                            struct text *row, struct refusal *refusal);

/* The function for a type; one per kind, so that a copy's inner loop is one
 * indirect call per cell. */
encode_function *value_encoder(enum type_kind kind);

#endif
