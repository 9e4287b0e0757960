/* profile.h — what was seen in a column when every value was looked at.
 *
 * One scan of the table fills it; merged from ranges scanned in parallel;
 * kept as JSON in the journal, so that a resumed run decides the same. */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include "value/cell.h"
#include "value/type.h"

#include <jansson.h>

/* Properties that are asked of every value. A property counts as held by the
 * column when no non-NULL value misses it. NULLs are ignored. */
enum trait {
    TRAIT_BOOLEAN, /* 0, 1, or text t f true false yes no y n on off 0 1, any case */
    TRAIT_UUID, /* text of 36 characters 8-4-4-4-12, or of 32 hex digits, any case; blob of 16 bytes */
    TRAIT_DATE,        /* YYYY-MM-DD, a date that exists, year 0001..9999 */
    TRAIT_TIME,        /* HH:MM[:SS[.f]], at most 6 digits of fraction */
    TRAIT_TIMESTAMP,   /* date, or date + T or blank + time, no zone, at most 6 digits */
    TRAIT_TIMESTAMPTZ, /* the same, with or without Z or +hh[:mm] */
    TRAIT_ZONED,       /* a timestamp that does carry Z or +hh:mm */
    TRAIT_JSON,        /* text that PostgreSQL's json accepts */
    TRAIT_JSONB,       /* ... and jsonb holds without loss: no \u0000, no lone surrogate, no key
                              twice, numbers within numeric's range, depth <= 1,000 */
    TRAIT_JSON_CONTAINER, /* text JSON whose top level is an object or an array */
    TRAIT_DECIMAL, /* an integer, a finite real, or text that is plainly -digits[.digits] */
    TRAIT_UUID_CANONICAL, /* text exactly as PostgreSQL prints a uuid: lower case, hyphens */
    TRAIT_COUNT
};

/* The first value that misses a trait. */
struct witness {
    bool set;
    int64_t position; /* rowid, or row number where there is no rowid */
    char sample[48];  /* printable, cut; SQLite literal style: 'abc', x'00ff', 12, 1.5 */
};

struct column_profile {
    uint64_t nulls;
    uint64_t integers;
    uint64_t reals;
    uint64_t texts;
    uint64_t blobs;
    int64_t integer_min; /* meaningful when integers > 0 */
    int64_t integer_max;
    uint64_t reals_infinite;
    uint64_t texts_empty;
    uint64_t texts_bad;      /* not UTF-8, or with U+0000 */
    uint64_t characters_max; /* of texts: code points; of bad texts: those that strip leaves */
    uint64_t bytes_max;      /* of texts and blobs */
    int decimal_digits_max;  /* digits before the point, over all decimals; 0.5 has none */
    int decimal_scale_max;   /* digits behind it, trailing zeros not counted; both 0 once
                                    TRAIT_DECIMAL was missed */
    uint32_t
        missed; /* a bit per trait that has a witness below; speeds up adding, not for readers */
    struct witness missing[TRAIT_COUNT];
    struct witness first_of[5]; /* by SQLITE_INTEGER .. SQLITE_NULL, minus 1 */
    struct witness first_bad_text;
};

/* Looks at one value. position: rowid or row number. utf16: source->utf16.
 * Only traits that can still hold are tested. Returns the value's size: a text's
 * bytes (as UTF-8), a blob's, 8 of a number, 0 of NULL. */
size_t column_profile_add(struct column_profile *profile, sqlite3_value *value,
                          int64_t position, bool utf16);

/* Adds what `later` saw; `later` covers higher positions, so its witnesses count
 * only where `profile` has none. */
void column_profile_merge(struct column_profile *profile, const struct column_profile *later);

/* No non-NULL value misses it (also true when there is no non-NULL value). */
bool column_profile_holds(const struct column_profile *profile, enum trait trait);
uint64_t column_profile_values(const struct column_profile *profile); /* non-NULL */

/* Whether the profile, made of the very values that are encoded, says that every text is good,
 * fits the type's length, and is JSON that the type keeps (encode_settings.proven). */
bool column_profile_proves(const struct column_profile *profile, const struct value_type *type);

/* New reference, owned by the caller; and back (false: not our JSON). */
json_t *column_profile_to_json(const struct column_profile *profile);
MUST_USE bool column_profile_from_json(const json_t *json, struct column_profile *profile);

#endif
