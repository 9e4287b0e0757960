/* source_form.h — how a column writes its values in SQLite, where one value can be written
 * in several ways: so that what comes back from PostgreSQL looks as it did before. */
#ifndef VALUE_SOURCE_FORM_H
#define VALUE_SOURCE_FORM_H

#include "value/cell.h"
#include "value/type.h"

#include <jansson.h>

/* On disk: never renumber; options neither. 0 is always: not known, or of no matter. */
enum form_field {
    FORM_CLASS,         /* SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB */
    FORM_SEPARATOR,     /* between date and time: 1 blank, 2 T */
    FORM_MIDNIGHT,      /* a date and time at 00:00: 1 as the date alone, 2 with its time */
    FORM_SECONDS,       /* zero seconds: 1 HH:MM, 2 HH:MM:SS */
    FORM_FRACTION,      /* digits of a fraction: 1 as few as will do, else digits + 1 */
    FORM_ZERO_FRACTION, /* no fraction: 1 nothing, 2 zeros */
    FORM_ZONE,     /* 1 none, 2 Z, 3 +hh, 4 +hhmm, 5 +hh:mm; 6 and 7: 4 and 5 behind a blank */
    FORM_WORDS,    /* booleans: 1 0/1, 2 f/t, 3 false/true, 4 n/y, 5 no/yes, 6 off/on */
    FORM_CASE,     /* of words and UUIDs: 1 lower, 2 upper, 3 Capital */
    FORM_HYPHENS,  /* of UUIDs: 1 without, 2 with */
    FORM_BLANKS,   /* JSON: 1 [1,2], 2 [1, 2] */
    FORM_ESCAPES,  /* JSON: other than ASCII: 1 as it is, 2 \uxxxx */
    FORM_INTERVAL, /* enum interval_form + 1 */
    FORM_MASK,     /* of whole addresses: 1 none, 2 /32 */
    FORM_FIELD_COUNT
};
enum { FORM_OPTION_COUNT = 8 };

/* The zero value is a form, too: the type's usual one. */
struct source_form {
    uint8_t of[FORM_FIELD_COUNT];
    int32_t zone_seconds; /* FORM_ZONE 3..7: the offset */
    bool irregular; /* of one value: also written in a way that no form has: tRUE, 7 digits */
};

/* What one value shows, which encodes as the type. */
void source_form_of(sqlite3_value *value, const struct value_type *type, bool utf16,
                    struct source_form *form);

/* Votes of the values of a column; the zero value is ready. */
struct form_tally {
    uint64_t votes[FORM_FIELD_COUNT][FORM_OPTION_COUNT];
    int32_t zone_seconds; /* majority vote: the candidate and its lead */
    uint64_t zone_lead;
};
void form_tally_add(struct form_tally *tally, const struct source_form *form);

/* The dominant form: for each field the option of most votes. */
void form_tally_choose(const struct form_tally *tally, struct source_form *form);

/* For the journal. New reference, owned by the caller; and back (false: not our JSON). */
json_t *source_form_to_json(const struct source_form *form);
MUST_USE bool source_form_from_json(const json_t *json, struct source_form *form);

#endif
