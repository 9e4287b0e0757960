/* profile_merge.c — joins what two ranges of a table showed. */
#include "profile/profile.h"

static void
merge_witness(struct witness *mine, const struct witness *later)
{
    if (!mine->set) {
        *mine = *later;
    }
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void
merge_integers(struct column_profile *profile, const struct column_profile *later)
{
    if (later->integers == 0) {
        return;
    }
    if (profile->integers == 0 || later->integer_min < profile->integer_min) {
        profile->integer_min = later->integer_min;
    }
    if (profile->integers == 0 || later->integer_max > profile->integer_max) {
        profile->integer_max = later->integer_max;
    }
    profile->integers += later->integers;
}

static void
merge_decimals(struct column_profile *profile, const struct column_profile *later)
{
    if (!column_profile_holds(profile, TRAIT_DECIMAL)) {
        profile->decimal_digits_max = 0;
        profile->decimal_scale_max = 0;
        return;
    }
    if (later->decimal_digits_max > profile->decimal_digits_max) {
        profile->decimal_digits_max = later->decimal_digits_max;
    }
    if (later->decimal_scale_max > profile->decimal_scale_max) {
        profile->decimal_scale_max = later->decimal_scale_max;
    }
}

void
column_profile_merge(struct column_profile *profile, const struct column_profile *later)
{
    merge_integers(profile, later);
    profile->nulls += later->nulls;
    profile->reals += later->reals;
    profile->texts += later->texts;
    profile->blobs += later->blobs;
    profile->reals_infinite += later->reals_infinite;
    profile->texts_empty += later->texts_empty;
    profile->texts_bad += later->texts_bad;
    profile->characters_max = larger(profile->characters_max, later->characters_max);
    profile->bytes_max = larger(profile->bytes_max, later->bytes_max);
    for (int trait = 0; trait < TRAIT_COUNT; trait++) {
        merge_witness(&profile->missing[trait], &later->missing[trait]);
    }
    for (int i = 0; i < 5; i++) {
        merge_witness(&profile->first_of[i], &later->first_of[i]);
    }
    merge_witness(&profile->first_bad_text, &later->first_bad_text);
    profile->missed |= later->missed;
    merge_decimals(profile, later);
}
