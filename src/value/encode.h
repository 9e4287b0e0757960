/* encode.h — one SQLite value into one field of PostgreSQL's binary COPY.
 *
 * The formats are those of the types' *_recv functions, PostgreSQL 13..18.
 * Shared by copy/ and sync/; canonical/ and verify/ must not use it. */
#ifndef VALUE_ENCODE_H
#define VALUE_ENCODE_H

#include "base/text.h"
#include "value/cell.h"
#include "value/type.h"

enum encode_outcome {
    ENCODE_OK,
    ENCODE_REFUSED, /* nothing was added; the refusal says why */
    ENCODE_ALTERED, /* a cleaned value (BAD_TEXT_STRIP), or one of two possible moments (a zone's
                         clock showed the time twice) was added; the refusal says what was wrong */
};

/* Why a value cannot be stored as the type. */
struct refusal {
    char reason[160]; /* "text is not valid UTF-8 at byte 12" */
};

/* Settings that are the same for all values of a column. */
struct encode_settings {
    bool utf16;
    enum bad_text bad_text;
    bool
        proven; /* column_profile_proves: texts are not looked at again (the server still does) */
};

/* What becomes of each storage class; everything else is refused.
 *
 *              integer            real                text                        blob
 *   bigint     as is              if integral         a plain integer             -
 *   double     if exact           as is               -                           -
 *   numeric    as is              shortest decimal,   a plain decimal             -
 *                                 infinity
 *   boolean    0, 1               -                   a word (value/word.h)       -
 *   text       decimal digits     real_to_text        as is                       -
 *   varchar    the same, within its length
 *   bytea      decimal digits     real_to_text        its bytes, bad text too     as is
 *   uuid       -                  -                   a UUID                      16 bytes
 *   json(b)    a JSON number      if finite           JSON (that jsonb keeps)     -
 *   date       by type->epoch     by type->epoch      YYYY-MM-DD                  -
 *   time       -                  -                   HH:MM[:SS[.f]]              -
 *   timestamp  by type->epoch     by type->epoch      date, time, no zone         -
 *   timestamptz by type->epoch    by type->epoch      date, time, zone or type->zone -
 *   integer, smallint   like bigint, within their range
 *   real       if exact           if exact            -                           -
 *   char       like varchar, without blanks at the end
 *   inet, cidr -                  -                   value/inet.h                -
 *   interval   by interval_unit   by interval_unit    value/interval.h            -
 *   enum       -                  -                   one of type->labels         -
 *   citext     like text
 *   arrays     -                  -                   a JSON array of such items  -
 *
 * With a uuid_rule, uuid takes every value (but bad text): value/uuid.h. Points in
 * time that reals count must be exact, as value/ticks.h has it, unless type->round.
 *
 * In a UTF-16 file, text goes into bytea as UTF-8; text that is not well-formed
 * UTF-16 as the file's own bytes.
 *
 * Appends the field (int32 length, then the bytes; NULL is length -1) to `row`.
 * The value's storage class decides how it is read; `type` what it becomes.
 * Never rounds, cuts or guesses: what is not exact is refused. */
typedef enum encode_outcome encode_function(sqlite3_value *value, const struct value_type *type,
                                            const struct encode_settings *settings,
                                            struct text *row, struct refusal *refusal);

/* The function for a type; one per kind, so that a copy's inner loop is one
 * indirect call per cell. */
encode_function *value_encoder(enum type_kind kind);

/* The same for a type with everything it carries (null_texts, uuid_rule), which plain
 * types do not pay for. */
encode_function *value_encoder_of(const struct value_type *type);

#endif
