/* profile_json.c — a profile as JSON for the journal, and back. */
#include "profile/profile.h"

#include <stddef.h>
#include <string.h>

/* A counter of the profile and its name; on disk: never rename. */
struct counter {
    const char *name;
    size_t offset;
};
#define COUNTER(member)                                                                        \
    {                                                                                          \
#member, offsetof(struct column_profile, member)                                       \
    }

static const struct counter counters[] = {
    COUNTER(nulls),       COUNTER(integers),       COUNTER(reals),
    COUNTER(texts),       COUNTER(blobs),          COUNTER(integer_min),
    COUNTER(integer_max), COUNTER(reals_infinite), COUNTER(texts_empty),
    COUNTER(texts_bad),   COUNTER(characters_max), COUNTER(bytes_max),
};
enum { COUNTER_COUNT = sizeof counters / sizeof *counters };
_Static_assert(sizeof(json_int_t) == sizeof(uint64_t), "counters are written as json_int_t");

/* On disk: never rename. */
static const char *const trait_names[TRAIT_COUNT] = {
    [TRAIT_BOOLEAN] = "boolean",     [TRAIT_UUID] = "uuid",
    [TRAIT_DATE] = "date",           [TRAIT_TIME] = "time",
    [TRAIT_TIMESTAMP] = "timestamp", [TRAIT_TIMESTAMPTZ] = "timestamptz",
    [TRAIT_ZONED] = "zoned",         [TRAIT_JSON] = "json",
    [TRAIT_JSONB] = "jsonb",         [TRAIT_JSON_CONTAINER] = "json_container",
    [TRAIT_DECIMAL] = "decimal",     [TRAIT_UUID_CANONICAL] = "uuid_canonical",
};
static const char *const class_names[5] = {"integer", "real", "text", "blob", "null"};

/* Adds the witness under its name; an unset one is left out. */
static void
add_witness(json_t *object, const char *name, const struct witness *witness)
{
    if (witness->set) {
        json_object_set_new(object, name,
                            json_pack("{s:I, s:s}", "position", (json_int_t)witness->position,
                                      "sample", witness->sample));
    }
}

json_t *
column_profile_to_json(const struct column_profile *profile)
{
    json_t *object = json_object();
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        json_int_t number;
        memcpy(&number, (const char *)profile + counters[i].offset, sizeof number);
        json_object_set_new(object, counters[i].name, json_integer(number));
    }
    json_object_set_new(object, "decimal_digits_max",
                        json_integer(profile->decimal_digits_max));
    json_object_set_new(object, "decimal_scale_max", json_integer(profile->decimal_scale_max));
    json_t *missing = json_object();
    for (int trait = 0; trait < TRAIT_COUNT; trait++) {
        add_witness(missing, trait_names[trait], &profile->missing[trait]);
    }
    json_object_set_new(object, "missing", missing);
    json_t *first = json_object();
    for (int i = 0; i < 5; i++) {
        add_witness(first, class_names[i], &profile->first_of[i]);
    }
    json_object_set_new(object, "first", first);
    add_witness(object, "first_bad_text", &profile->first_bad_text);
    return object;
}

static bool
read_number(const json_t *object, const char *name, json_int_t *number)
{
    const json_t *member = json_object_get(object, name);
    *number = json_integer_value(member);
    return json_is_integer(member);
}

static bool
read_int(const json_t *object, const char *name, int *number)
{
    json_int_t wide;
    bool read = read_number(object, name, &wide) && wide >= 0 && wide <= INT32_MAX;
    *number = read ? (int)wide : 0;
    return read;
}

/* True also when there is none. */
static bool
read_witness(const json_t *object, const char *name, struct witness *witness)
{
    const json_t *member = json_object_get(object, name);
    if (member == NULL) {
        return true;
    }
    json_int_t position;
    const char *sample = json_string_value(json_object_get(member, "sample"));
    if (!read_number(member, "position", &position) || sample == NULL ||
        strlen(sample) >= sizeof witness->sample) {
        return false;
    }
    witness->set = true;
    witness->position = position;
    memcpy(witness->sample, sample, strlen(sample) + 1);
    return true;
}

static bool
read_witnesses(const json_t *json, struct column_profile *profile)
{
    const json_t *missing = json_object_get(json, "missing");
    const json_t *first = json_object_get(json, "first");
    bool read = json_is_object(missing) && json_is_object(first) &&
                read_witness(json, "first_bad_text", &profile->first_bad_text);
    for (int trait = 0; read && trait < TRAIT_COUNT; trait++) {
        read = read_witness(missing, trait_names[trait], &profile->missing[trait]);
        profile->missed |= profile->missing[trait].set ? 1U << trait : 0;
    }
    for (int i = 0; read && i < 5; i++) {
        read = read_witness(first, class_names[i], &profile->first_of[i]);
    }
    return read;
}

bool
column_profile_from_json(const json_t *json, struct column_profile *profile)
{
    *profile = (struct column_profile){0};
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        json_int_t number;
        if (!read_number(json, counters[i].name, &number)) {
            return false;
        }
        memcpy((char *)profile + counters[i].offset, &number, sizeof number);
    }
    return read_int(json, "decimal_digits_max", &profile->decimal_digits_max) &&
           read_int(json, "decimal_scale_max", &profile->decimal_scale_max) &&
           read_witnesses(json, profile);
}
