/* choose.c — first what was declared, if every value fits it; else what the values
 * themselves need. Every rule that says no leaves its reason in the choice. */
#include "value/choose.h"

#include "value/intent.h"
#include "value/lift.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define EXACT_DOUBLE_MAX (INT64_C(1) << 53)

/* One decision in the making. */
struct decision {
    const struct type_request *request;
    const struct column_profile *profile;
    uint64_t values;
    struct intent intent;
    struct type_choice *choice;
};

PRINTF_LIKE(3, 4)
static bool
decide(const struct decision *decision, struct value_type type, const char *format, ...)
{
    decision->choice->type = type;
    va_list args;
    va_start(args, format);
    vsnprintf(decision->choice->reason, sizeof decision->choice->reason, format, args);
    va_end(args);
    return true;
}

static struct value_type
plain(enum type_kind kind)
{
    return (struct value_type){.kind = kind};
}

/* The declared type, short enough for a reason. */
struct declared_text {
    char text[40];
};

static struct declared_text
declared(const struct decision *decision)
{
    struct declared_text out;
    const char *type = decision->request->column->type;
    if (type[0] == '\0') {
        snprintf(out.text, sizeof out.text, "no declared type");
    } else {
        snprintf(out.text, sizeof out.text, "declared %.30s", type);
    }
    return out;
}

/* ---- no values ---- */

static struct value_type
natural_type(const struct decision *decision)
{
    const struct intent *intent = &decision->intent;
    switch (intent->kind) {
    case INTENT_INTEGER: return plain(TYPE_BIGINT);
    case INTENT_REAL: return plain(TYPE_DOUBLE);
    case INTENT_BLOB: return plain(TYPE_BYTEA);
    case INTENT_NUMERIC:
        return (struct value_type){
            .kind = TYPE_NUMERIC, .precision = intent->precision, .scale = intent->scale};
    case INTENT_VARCHAR:
        return intent->length == 0
                   ? plain(TYPE_TEXT)
                   : (struct value_type){.kind = TYPE_VARCHAR, .length = intent->length};
    case INTENT_BOOLEAN: return plain(TYPE_BOOLEAN);
    case INTENT_DATE: return plain(TYPE_DATE);
    case INTENT_TIME: return plain(TYPE_TIME);
    case INTENT_TIMESTAMP:
        return plain(decision->request->mode == TYPES_EVOLVE ? TYPE_TIMESTAMPTZ
                                                             : TYPE_TIMESTAMP);
    case INTENT_TIMESTAMPTZ: return plain(TYPE_TIMESTAMPTZ);
    case INTENT_JSON: return plain(TYPE_JSONB);
    case INTENT_UUID: return plain(TYPE_UUID);
    case INTENT_TEXT:
    case INTENT_NONE:
    default: return plain(TYPE_TEXT);
    }
}

/* ---- what was declared ---- */

/* Leaves the value that speaks against the declared type; false, for `return`. */
static bool
does_not_fit(const struct decision *decision, enum trait trait, const char *what)
{
    const struct witness *witness = &decision->profile->missing[trait];
    decision->choice->witness = *witness;
    snprintf(decision->choice->reason, sizeof decision->choice->reason,
             "%s, but %s in row %" PRId64 " is %s", declared(decision).text, witness->sample,
             witness->position, what);
    return false;
}

static bool
choose_boolean(const struct decision *decision)
{
    if (!column_profile_holds(decision->profile, TRAIT_BOOLEAN)) {
        return does_not_fit(decision, TRAIT_BOOLEAN, "no boolean");
    }
    return decide(decision, plain(TYPE_BOOLEAN), "%s, and every value is a boolean",
                  declared(decision).text);
}

static bool
choose_uuid(const struct decision *decision)
{
    if (!column_profile_holds(decision->profile, TRAIT_UUID)) {
        return does_not_fit(decision, TRAIT_UUID, "no UUID");
    }
    return decide(decision, plain(TYPE_UUID), "%s, and every value is a UUID",
                  declared(decision).text);
}

static bool
choose_json(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    if (column_profile_holds(profile, TRAIT_JSONB)) {
        return decide(decision, plain(TYPE_JSONB), "%s, and every value is JSON",
                      declared(decision).text);
    }
    if (column_profile_holds(profile, TRAIT_JSON)) {
        does_not_fit(decision, TRAIT_JSONB, "JSON that jsonb would refuse or change");
        decision->choice->type = plain(TYPE_JSON);
        return true;
    }
    return does_not_fit(decision, TRAIT_JSON, "no JSON text");
}

static bool
choose_epoch(const struct decision *decision)
{
    enum epoch_unit unit = epoch_of_integers(decision->profile);
    if (unit == EPOCH_NONE) {
        return decide(decision, plain(TYPE_BIGINT),
                      "%s, but every value is an integer, and in no one unit are all of them "
                      "times since 1970",
                      declared(decision).text);
    }
    if (decision->request->mode == TYPES_FAITHFUL) {
        return decide(decision, plain(TYPE_BIGINT),
                      "%s, but every value is an integer; they look like %s since 1970, which "
                      "--types evolve makes timestamptz",
                      declared(decision).text, epoch_name(unit));
    }
    return decide(decision, (struct value_type){.kind = TYPE_TIMESTAMPTZ, .epoch = unit},
                  "%s, and every integer counts %s since 1970", declared(decision).text,
                  epoch_name(unit));
}

/* Texts that are all points in time; tz: timestamptz even where none has a zone. */
static bool
choose_moment(const struct decision *decision, bool tz)
{
    const struct column_profile *profile = decision->profile;
    if (!column_profile_holds(profile, TRAIT_TIMESTAMPTZ)) {
        return does_not_fit(decision, TRAIT_TIMESTAMPTZ, "no date and time we can keep");
    }
    if (column_profile_holds(profile, TRAIT_ZONED)) {
        return decide(decision, plain(TYPE_TIMESTAMPTZ),
                      "%s, and every value is a date and time with a zone",
                      declared(decision).text);
    }
    if (column_profile_holds(profile, TRAIT_TIMESTAMP) && !tz) {
        return decide(decision, plain(TYPE_TIMESTAMP),
                      "%s, and every value is a date and time without a zone",
                      declared(decision).text);
    }
    bool mixed = !column_profile_holds(profile, TRAIT_TIMESTAMP);
    decision->choice->witness = profile->missing[TRAIT_ZONED];
    return decide(decision, plain(TYPE_TIMESTAMPTZ),
                  "%s, and every value is a date and time; %s without a zone are taken as UTC, "
                  "as SQLite does",
                  declared(decision).text, mixed ? "some have a zone, those" : "values");
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
        return decide(decision, plain(TYPE_DATE), "%s, and every value is a date",
                      declared(decision).text);
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
    return decide(decision, plain(TYPE_TIME), "%s, and every value is a time of day",
                  declared(decision).text);
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
        return decide(decision, plain(TYPE_NUMERIC), "%s, and every value is a number",
                      declared(decision).text);
    }
    if (profile->decimal_digits_max > intent->precision - intent->scale ||
        profile->decimal_scale_max > intent->scale) {
        return decide(decision, plain(TYPE_NUMERIC),
                      "%s, but there are values with %d digits before or %d behind the point",
                      declared(decision).text, profile->decimal_digits_max,
                      profile->decimal_scale_max);
    }
    return decide(decision, natural_type(decision), "%s, and every value fits it",
                  declared(decision).text);
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
        return decide(decision, plain(TYPE_TEXT),
                      "%s, but the longest text has %" PRIu64 " characters",
                      declared(decision).text, profile->characters_max);
    }
    return decide(decision, natural_type(decision), "%s, and no text is longer",
                  declared(decision).text);
}

/* True: the declared type decided it. False: the values must; a reason may stand
 * in the choice already. */
static bool
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

/* ---- what the values need ---- */

/* Gives the type, and the reason unless the declared type has left one. */
PRINTF_LIKE(3, 4)
static void
settle(const struct decision *decision, enum type_kind kind, const char *format, ...)
{
    struct type_choice *choice = decision->choice;
    choice->type = plain(kind);
    if (choice->reason[0] != '\0') {
        return;
    }
    int length = snprintf(choice->reason, sizeof choice->reason, "%s, ",
                          declared(decision).text);
    va_list args;
    va_start(args, format);
    vsnprintf(choice->reason + length, sizeof choice->reason - (size_t)length, format, args);
    va_end(args);
}

static const char *const class_words[] = {"integers", "reals", "texts", "blobs"};

/* More than one storage class: counts them; the witness is the first value of the
 * rarest. */
static void
settle_mixed(const struct decision *decision, enum type_kind kind)
{
    const struct column_profile *profile = decision->profile;
    const uint64_t counts[] = {profile->integers, profile->reals, profile->texts,
                               profile->blobs};
    char list[128] = "";
    size_t length = 0;
    int rarest = -1;
    for (int i = 0; i < 4; i++) {
        if (counts[i] == 0) {
            continue;
        }
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%" PRIu64 " %s",
                                   length > 0 ? ", " : "", counts[i], class_words[i]);
        if (rarest < 0 || counts[i] < counts[rarest]) {
            rarest = i;
        }
    }
    if (!decision->choice->witness.set) {
        decision->choice->witness = profile->first_of[rarest];
    }
    settle(decision, kind, "but the values are of several kinds: %s", list);
}

static void
settle_numbers(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    if (profile->reals == 0) {
        settle(decision, TYPE_BIGINT, "every value is an integer");
        return;
    }
    if (profile->integers == 0) {
        settle(decision, TYPE_DOUBLE, "every value is a real");
        return;
    }
    bool exact = profile->integer_min >= -EXACT_DOUBLE_MAX &&
                 profile->integer_max <= EXACT_DOUBLE_MAX;
    if (exact) {
        settle(decision, TYPE_DOUBLE,
               "%" PRIu64 " values are reals and %" PRIu64
               " integers that a double holds exactly",
               profile->reals, profile->integers);
    } else {
        settle(decision, TYPE_NUMERIC,
               "%" PRIu64 " values are reals and %" PRIu64
               " integers, some beyond what a double holds exactly",
               profile->reals, profile->integers);
    }
}

static void
settle_texts(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    bool bytea = profile->texts_bad > 0 && decision->request->bad_text == BAD_TEXT_BYTEA;
    if (profile->texts_bad > 0 && !decision->choice->witness.set) {
        decision->choice->witness = profile->first_bad_text;
    }
    if (bytea) {
        settle(decision, TYPE_BYTEA,
               "%" PRIu64 " of %" PRIu64 " texts are not valid text for PostgreSQL, and "
               "--bad-text bytea keeps their bytes",
               profile->texts_bad, profile->texts);
    } else if (profile->texts < decision->values) {
        settle_mixed(decision, TYPE_TEXT);
    } else if (profile->texts_bad > 0) {
        settle(decision, TYPE_TEXT,
               "every value is text, but %" PRIu64 " of %" PRIu64
               " are not valid text for PostgreSQL",
               profile->texts_bad, profile->texts);
    } else {
        settle(decision, TYPE_TEXT, "every value is text");
    }
}

static void
choose_by_values(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    if (profile->blobs == decision->values) {
        settle(decision, TYPE_BYTEA, "every value is a blob");
    } else if (profile->blobs > 0) {
        settle_mixed(decision, TYPE_BYTEA);
    } else if (profile->texts > 0) {
        settle_texts(decision);
    } else {
        settle_numbers(decision);
    }
}

static bool
may_lift(const struct decision *decision)
{
    const struct source_column *column = decision->request->column;
    bool untyped = column->affinity == AFFINITY_BLOB;
    return decision->request->mode == TYPES_EVOLVE &&
           (column->affinity == AFFINITY_TEXT || untyped);
}

void
type_choose(const struct type_request *request, struct type_choice *choice)
{
    *choice = (struct type_choice){0};
    struct decision decision = {.request = request,
                                .profile = request->profile,
                                .values = column_profile_values(request->profile),
                                .choice = choice};
    intent_read(request->column, &decision.intent);
    if (decision.values == 0) {
        decide(&decision, natural_type(&decision), "%s, and no value but NULL",
               declared(&decision).text);
        return;
    }
    if (may_lift(&decision) && type_lift(request, choice)) {
        return;
    }
    if (!choose_declared(&decision)) {
        choose_by_values(&decision);
    }
}
