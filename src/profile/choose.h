/* choose.h — from what was declared and what was seen to a PostgreSQL type. */
#ifndef PROFILE_CHOOSE_H
#define PROFILE_CHOOSE_H

#include "profile/profile.h"
#include "sqlite/catalog.h"

enum types_mode {
    TYPES_FAITHFUL, /* keep the declared intent where every value fits */
    TYPES_EVOLVE,   /* also lift TEXT to uuid, jsonb, timestamptz where every value fits and the
                       name or use agrees */
};

struct type_request {
    const struct source_column *column; /* name, declared type, affinity */
    const struct column_profile *profile;
    enum types_mode mode;
    enum bad_text bad_text;
    bool key; /* in a primary, unique or foreign key */
};

struct type_choice {
    struct value_type type;
    char reason[224];       /* one sentence part, lower case: why this type, e.g.
                                "declared INTEGER, but 3 of 10 values are text" */
    struct witness witness; /* the value that decided it, where one did */
};

/* Never fails: text or bytea hold everything. The choice is always one that
 * holds every value of the profile exactly, but for bad text that is to be set
 * aside or stripped. */
void type_choose(const struct type_request *request, struct type_choice *choice);

/* For columns tied by a foreign key, which must have one type: the narrowest
 * type that both sides' values fit. Symmetric. The values are then encoded as the
 * joined type (see encode.h). One thing a type does not tell: a uuid column that was
 * made of blobs, joined with text, becomes text, which refuses the blobs. */
struct value_type type_join(const struct value_type *a, const struct value_type *b);

#endif
