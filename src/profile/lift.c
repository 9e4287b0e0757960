/* lift.c — see lift.h. */
#include "profile/lift.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
ends_in(const char *name, const char *ending)
{
    size_t size = strlen(name);
    size_t ending_size = strlen(ending);
    return size >= ending_size && strcasecmp(name + size - ending_size, ending) == 0;
}

/* createdAt, userId: the ending begins a word. */
static bool
ends_in_camel(const char *name, const char *ending)
{
    size_t size = strlen(name);
    size_t ending_size = strlen(ending);
    return size > ending_size && strcmp(name + size - ending_size, ending) == 0 &&
           name[size - ending_size - 1] >= 'a' && name[size - ending_size - 1] <= 'z';
}

static bool
contains_any(const char *name, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasestr(name, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool
names_an_id(const char *name)
{
    static const char *const words[] = {"uuid", "guid"};
    return strcasecmp(name, "id") == 0 || ends_in(name, "_id") || ends_in_camel(name, "Id") ||
           ends_in_camel(name, "ID") || contains_any(name, words, sizeof words / sizeof *words);
}

static bool
names_a_moment(const char *name)
{
    static const char *const words[] = {"date",     "timestamp", "created", "updated",
                                        "modified", "deleted",   "expire",  "last_"};
    return ends_in(name, "_at") || ends_in(name, "_on") || ends_in(name, "_time") ||
           ends_in_camel(name, "At") || ends_in_camel(name, "On") ||
           ends_in_camel(name, "Time") ||
           contains_any(name, words, sizeof words / sizeof *words);
}

static bool
choose(struct type_choice *choice, enum type_kind kind, const char *reason)
{
    choice->type = (struct value_type){.kind = kind};
    snprintf(choice->reason, sizeof choice->reason, "%s", reason);
    return true;
}

static bool
lift_text(const struct type_request *request, struct type_choice *choice)
{
    const struct column_profile *profile = request->profile;
    const char *name = request->column->name.text;
    if (column_profile_holds(profile, TRAIT_UUID_CANONICAL) &&
        (request->key || names_an_id(name))) {
        return choose(choice, TYPE_UUID, "every text is a UUID, and the name or a key agrees");
    }
    if (column_profile_holds(profile, TRAIT_JSONB) &&
        column_profile_holds(profile, TRAIT_JSON_CONTAINER)) {
        return choose(choice, TYPE_JSONB, "every text is a JSON object or array");
    }
    if (!names_a_moment(name)) {
        return false;
    }
    if (column_profile_holds(profile, TRAIT_DATE)) {
        return choose(choice, TYPE_DATE, "every text is a date, and the name agrees");
    }
    if (column_profile_holds(profile, TRAIT_ZONED)) {
        return choose(choice, TYPE_TIMESTAMPTZ,
                      "every text is a date and time with a zone, and the name agrees");
    }
    if (column_profile_holds(profile, TRAIT_TIMESTAMPTZ)) {
        return choose(choice, TYPE_TIMESTAMPTZ,
                      "every text is a date and time, and the name agrees; those without a "
                      "zone are taken as UTC, as SQLite does");
    }
    return false;
}

static bool
is_for_text(enum intent_kind kind)
{
    return kind == INTENT_NONE || kind == INTENT_TEXT || kind == INTENT_VARCHAR;
}

bool
type_lift(const struct type_request *request, const struct intent *intent,
          struct type_choice *choice)
{
    const struct column_profile *profile = request->profile;
    uint64_t values = column_profile_values(profile);
    if (values == 0) {
        return false;
    }
    if (profile->texts == values) {
        return is_for_text(intent->kind) && lift_text(request, choice);
    }
    if (profile->blobs == values && column_profile_holds(profile, TRAIT_UUID) &&
        names_an_id(request->column->name.text)) {
        return choose(choice, TYPE_UUID,
                      "every blob has 16 bytes, and the name says UUID or id");
    }
    return false;
}

void
type_lift_explain(const struct type_request *request, const struct intent *intent,
                  struct type_choice *choice)
{
    const struct column_profile *profile = request->profile;
    const char *name = request->column->name.text;
    enum trait trait = names_an_id(name)      ? TRAIT_UUID_CANONICAL
                       : names_a_moment(name) ? TRAIT_TIMESTAMPTZ
                                              : TRAIT_COUNT;
    if (trait == TRAIT_COUNT || profile->texts != column_profile_values(profile) ||
        !is_for_text(intent->kind) || column_profile_holds(profile, trait)) {
        return;
    }
    const char *what = trait == TRAIT_TIMESTAMPTZ                  ? "no date and time"
                       : column_profile_holds(profile, TRAIT_UUID) ? "not how a uuid is written"
                                                                   : "no UUID";
    size_t used = strlen(choice->reason);
    choice->witness = profile->missing[trait];
    snprintf(choice->reason + used, sizeof choice->reason - used,
             "; %s in row %" PRId64 " is %s", choice->witness.sample, choice->witness.position,
             what);
}

enum epoch_unit
epoch_of_integers(const struct column_profile *profile)
{
    static const int64_t edges[] = {100000000, 100000000000, 100000000000000,
                                    100000000000000000};
    for (int unit = EPOCH_SECONDS; unit <= EPOCH_MICROSECONDS; unit++) {
        if (profile->integer_min > edges[unit - 1] && profile->integer_max < edges[unit]) {
            return (enum epoch_unit)unit;
        }
    }
    return EPOCH_NONE;
}

const char *
epoch_name(enum epoch_unit unit)
{
    static const char *const names[] = {"", "seconds", "milliseconds", "microseconds"};
    return names[unit];
}
