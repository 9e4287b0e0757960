/* profile_text.h — which traits one text holds; profile.c's other half. */
#ifndef PROFILE_PROFILE_TEXT_H
#define PROFILE_PROFILE_TEXT_H

#include "profile/profile.h"

#define TRAIT_BIT(trait) (1U << (trait))

enum { ALL_TRAITS = (1 << TRAIT_COUNT) - 1 };

/* Which of the `live` traits a well-formed text that is not empty holds. A decimal's
 * digits are noted in the profile. */
uint32_t profile_text_traits(struct column_profile *profile, const uint8_t *bytes, size_t size,
                             uint32_t live);

#endif
