/* choose_declared.c — does every value fit what was declared? A rule that says no
 * leaves its reason and the value that decided. */
#include "profile/decision.h"
#include "profile/lift.h"

#include <inttypes.h>
#include <stdio.h>

/* Leaves the value that speaks against the declared type; false, for `return`. */
static bool
does_not_fit(const struct decision *decision, enum trait trait, const char *what)
{
    const struct witness *witness = &decision->profile->missing[trait];
    decision->choice->witness = *witness;
    snprintf(decision->choice->reason, sizeof decision->choice->reason,
             "%s, but %s in row %" PRId64 " is %s", decision_declared(decision).text,
             witness->sample, witness->position, what);
    return false;
}

static bool
choose_boolean(const struct decision *decision)
{
    if (!column_profile_holds(decision->profile, TRAIT_BOOLEAN)) {
        return does_not_fit(decision, TRAIT_BOOLEAN, "no boolean");
    }
    return decide(decision, plain_type(TYPE_BOOLEAN), "%s, and every value is a boolean",
                  decision_declared(decision).text);
}

static bool
choose_uuid(const struct decision *decision)
{
    if (!column_profile_holds(decision->profile, TRAIT_UUID)) {
        return does_not_fit(decision, TRAIT_UUID, "no UUID");
    }
    return decide(decision, plain_type(TYPE_UUID), "%s, and every value is a UUID",
                  decision_declared(decision).text);
}

static bool
choose_json(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    if (column_profile_holds(profile, TRAIT_JSONB)) {
        return decide(decision, plain_type(TYPE_JSONB), "%s, and every value is JSON",
                      decision_declared(decision).text);
    }
    if (column_profile_holds(profile, TRAIT_JSON)) {
        does_not_fit(decision, TRAIT_JSONB, "JSON that jsonb would refuse or change");
        decision->choice->type = plain_type(TYPE_JSON);
        return true;
    }
    return does_not_fit(decision, TRAIT_JSON, "no JSON text");
}

static bool
choose_epoch(const struct decision *decision)
{
    enum epoch_unit unit = epoch_of_integers(decision->profile);
    if (unit == EPOCH_NONE) {
        return decide(decision, plain_type(TYPE_BIGINT),
                      "%s, but every value is an integer, and in no one unit are all of them "
                      "times since 1970",
                      decision_declared(decision).text);
    }
    if (decision->request->mode == TYPES_FAITHFUL) {
        return decide(decision, plain_type(TYPE_BIGINT),
                      "%s, but every value is an integer; they look like %s since 1970, which "
                      "--types evolve makes timestamptz",
                      decision_declared(decision).text, epoch_name(unit));
    }
    return decide(decision, (struct value_type){.kind = TYPE_TIMESTAMPTZ, .epoch = unit},
                  "%s, and every integer counts %s since 1970",
                  decision_declared(decision).text, epoch_name(unit));
}

/* Texts that are all points in time; tz: timestamptz even where none has a zone. */
static bool
choose_moment(const struct decision *decision, bool tz)
{
    const struct column_profile *profile = decision->profile;
    if (!column_profile_holds(profile, TRAIT_TIMESTAMPTZ)) {
        return does_not_fit(decision, TRAIT_TIMESTAMPTZ,
                            "no date and time that can be kept exactly");
    }
    if (column_profile_holds(profile, TRAIT_ZONED)) {
        return decide(decision, plain_type(TYPE_TIMESTAMPTZ),
                      "%s, and every value is a date and time with a zone",
                      decision_declared(decision).text);
    }
    if (column_profile_holds(profile, TRAIT_TIMESTAMP) && !tz) {
        return decide(decision, plain_type(TYPE_TIMESTAMP),
                      "%s, and every value is a date and time without a zone",
                      decision_declared(decision).text);
    }
    bool mixed = !column_profile_holds(profile, TRAIT_TIMESTAMP);
    decision->choice->witness = profile->missing[TRAIT_ZONED];
    return decide(decision, plain_type(TYPE_TIMESTAMPTZ),
                  "%s, and every value is a date and time; %s without a zone are taken as UTC, "
                  "as SQLite does",
                  decision_declared(decision).text,
                  mixed ? "some have a zone, those" : "values");
}

static bool
choose_timestamp(const struct decision *decision, bool tz)
{
    if (decision->profile->integers == decision->values) {
        return choose_epoch(decision);
    }
    return choose_moment(decision, tz || decision->request->mode == TYPES_EVOLVE);
}

static bool
choose_date(const struct decision *decision)
{
    if (column_profile_holds(decision->profile, TRAIT_DATE)) {
        return decide(decision, plain_type(TYPE_DATE), "%s, and every value is a date",
                      decision_declared(decision).text);
    }
    if (!column_profile_holds(decision->profile, TRAIT_TIMESTAMPTZ)) {
        return does_not_fit(decision, TRAIT_TIMESTAMPTZ, "no date");
    }
    return choose_moment(decision, decision->request->mode == TYPES_EVOLVE);
}

static bool
choose_time(const struct decision *decision)
{
    if (!column_profile_holds(decision->profile, TRAIT_TIME)) {
        return does_not_fit(decision, TRAIT_TIME, "no time of day");
    }
    return decide(decision, plain_type(TYPE_TIME), "%s, and every value is a time of day",
                  decision_declared(decision).text);
}

static bool
choose_numeric(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    const struct intent *intent = &decision->intent;
    if (!column_profile_holds(profile, TRAIT_DECIMAL)) {
        return does_not_fit(decision, TRAIT_DECIMAL, "no plain number");
    }
    if (intent->precision == 0) {
        return decide(decision, plain_type(TYPE_NUMERIC), "%s, and every value is a number",
                      decision_declared(decision).text);
    }
    if (profile->decimal_digits_max > intent->precision - intent->scale ||
        profile->decimal_scale_max > intent->scale) {
        return decide(decision, plain_type(TYPE_NUMERIC),
                      "%s, but there are values with %d digits before or %d behind the point",
                      decision_declared(decision).text, profile->decimal_digits_max,
                      profile->decimal_scale_max);
    }
    return decide(decision, natural_type(decision), "%s, and every value fits it",
                  decision_declared(decision).text);
}

/* Texts only, and none that strip or set-aside would not leave fitting. */
static bool
choose_varchar(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    if (decision->intent.length == 0 || profile->texts != decision->values ||
        (profile->texts_bad > 0 && decision->request->bad_text == BAD_TEXT_BYTEA)) {
        return false;
    }
    if (profile->characters_max > (uint64_t)decision->intent.length) {
        return decide(decision, plain_type(TYPE_TEXT),
                      "%s, but the longest text has %" PRIu64 " characters",
                      decision_declared(decision).text, profile->characters_max);
    }
    return decide(decision, natural_type(decision), "%s, and no text is longer",
                  decision_declared(decision).text);
}

bool
choose_declared(const struct decision *decision)
{
    switch (decision->intent.kind) {
    case INTENT_BOOLEAN: return choose_boolean(decision);
    case INTENT_UUID: return choose_uuid(decision);
    case INTENT_JSON: return choose_json(decision);
    case INTENT_TIMESTAMP: return choose_timestamp(decision, false);
    case INTENT_TIMESTAMPTZ: return choose_timestamp(decision, true);
    case INTENT_DATE: return choose_date(decision);
    case INTENT_TIME: return choose_time(decision);
    case INTENT_NUMERIC: return choose_numeric(decision);
    case INTENT_VARCHAR: return choose_varchar(decision);
    case INTENT_NONE:
    case INTENT_INTEGER:
    case INTENT_REAL:
    case INTENT_TEXT:
    case INTENT_BLOB:
    default: return false;
    }
}
