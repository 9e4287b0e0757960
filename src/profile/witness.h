/* witness.h — remembers a value so that a person recognizes it. */
#ifndef PROFILE_WITNESS_H
#define PROFILE_WITNESS_H

#include "profile/profile.h"

/* Fills an unset witness; leaves one that is set. */
void witness_note(struct witness *witness, sqlite3_value *value, int64_t position, bool utf16);

#endif
