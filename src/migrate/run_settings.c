/* run_settings.c — see run_settings.h. */
#include "migrate/run_settings.h"

#include "outgrow_config.h"
#include "page/result.h"
#include "report/report_parts.h"
#include "settings/option.h"

#include <inttypes.h>
#include <string.h>

static const char *const deciding_options[] = {"types",
                                               "names",
                                               "bad-text",
                                               "schema",
                                               "replace",
                                               "damaged-ok",
                                               "into-existing",
                                               "on-conflict",
                                               "skip-missing-columns",
                                               "skip-missing-tables",
                                               "with-bookkeeping"};
enum { DECIDING_COUNT = sizeof deciding_options / sizeof deciding_options[0] };

static const struct option *
deciding_option(size_t index)
{
    for (size_t i = 0; i < option_count; i++) {
        if (strcmp(option_table[i].name, deciding_options[index]) == 0) {
            return &option_table[i];
        }
    }
    abort(); /* the two tables are compiled together */
}

static json_t *
option_to_json(const struct option *option, const struct settings *settings)
{
    const char *field = (const char *)settings + option->field;
    if (option->kind == OPTION_FLAG) {
        bool on;
        memcpy(&on, field, sizeof on);
        return json_boolean(on);
    }
    if (option->kind == OPTION_CHOICE) {
        int value;
        memcpy(&value, field, sizeof value);
        for (const struct option_choice *choice = option->choices; choice->word; choice++) {
            if (choice->value == value) {
                return json_string(choice->word);
            }
        }
    }
    const char *words;
    memcpy(&words, field, sizeof words);
    return report_words(words);
}

const char *
run_settings_json(struct arena *arena, const struct settings *settings)
{
    AUTO_JSON *json = json_object();
    json_object_set_new(json, "version", json_string(OUTGROW_VERSION));
    for (size_t i = 0; i < DECIDING_COUNT; i++) {
        json_object_set_new(json, deciding_options[i],
                            option_to_json(deciding_option(i), settings));
    }
    json_object_set_new(json, "plan", report_words(settings->plan_digest));
    if (settings->live) {
        json_object_set_new(json, "live", json_true());
        json_object_set_new(json, "plan_source",
                            json_integer((json_int_t)settings->plan_source));
    }
    char *text = json_dumps(json, JSON_SORT_KEYS);
    const char *copy = arena_strdup(arena, text);
    free(text);
    return copy;
}

static const char *
value_words(const json_t *value)
{
    return json_is_string(value) ? json_string_value(value)
           : json_is_true(value) ? "yes"
                                 : "no";
}

void
run_settings_compare(struct text *differences, const char *then, const char *now,
                     bool with_replace)
{
    AUTO_JSON *before = json_loads(then, 0, NULL);
    AUTO_JSON *after = json_loads(now, 0, NULL);
    const char *key;
    json_t *value;
    if (json_is_true(json_object_get(before, "live")) &&
        json_object_get(after, "live") == NULL) {
        text_add(differences, "it was begun by outgrow sync");
    }
    json_object_foreach(after, key, value)
    {
        const json_t *old = json_object_get(before, key);
        bool skipped = !with_replace && strcmp(key, "replace") == 0;
        if (strcmp(key, "plan") == 0 && !json_equal(old, value)) {
            text_printf(differences, "%sthe plan file was another",
                        differences->length > 0 ? "; " : "");
        } else if (!skipped && (old == NULL || !json_equal(old, value))) {
            text_printf(differences, "%s%s: %s then, %s now",
                        differences->length > 0 ? "; " : "", key, value_words(old),
                        value_words(value));
        }
    }
}

static bool
apply_option(struct arena *arena, const struct option *option, const json_t *value,
             struct settings *settings)
{
    char *field = (char *)settings + option->field;
    if (option->kind == OPTION_FLAG) {
        bool on = json_is_true(value);
        memcpy(field, &on, sizeof on);
        return json_is_boolean(value);
    }
    const char *words = json_string_value(value);
    if (words == NULL) {
        return false;
    }
    if (option->kind == OPTION_TEXT) {
        const char *copy = arena_strdup(arena, words);
        memcpy(field, &copy, sizeof copy);
        return true;
    }
    for (const struct option_choice *choice = option->choices; choice->word; choice++) {
        if (strcmp(choice->word, words) == 0) {
            memcpy(field, &choice->value, sizeof choice->value);
            return true;
        }
    }
    return false;
}

bool
run_settings_apply(struct arena *arena, const char *json, struct settings *settings,
                   struct error *err)
{
    AUTO_JSON *object = json_loads(json, 0, NULL);
    settings->live = json_is_true(json_object_get(object, "live"));
    if (settings->live) {
        settings->plan_source = (size_t)json_integer_value(
            json_object_get(object, "plan_source"));
    }
    for (size_t i = 0; i < DECIDING_COUNT; i++) {
        const json_t *value = json_object_get(object, deciding_options[i]);
        if (!apply_option(arena, deciding_option(i), value, settings)) {
            return error_set(err, ERROR_TARGET,
                             "the journal's settings of the run are not understood (\"%s\")",
                             deciding_options[i]);
        }
    }
    return true;
}

const char *
run_state_json(struct arena *arena, const struct source_state *state)
{
    return arena_printf(arena,
                        "{\"size\": %" PRId64 ", \"modified_ns\": %" PRId64
                        ", \"wal_size\": %" PRId64 ", \"wal_modified_ns\": %" PRId64
                        ", \"change_counter\": %" PRIu32 "}",
                        state->size_bytes, state->modified_ns, state->wal_size_bytes,
                        state->wal_modified_ns, state->change_counter);
}

static int64_t
number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

bool
run_state_is(const char *json, const struct source_state *state)
{
    AUTO_JSON *object = json == NULL ? NULL : json_loads(json, 0, NULL);
    struct source_state then = {
        .size_bytes = number_of(object, "size"),
        .modified_ns = number_of(object, "modified_ns"),
        .wal_size_bytes = number_of(object, "wal_size"),
        .wal_modified_ns = number_of(object, "wal_modified_ns"),
        .change_counter = (uint32_t)number_of(object, "change_counter"),
    };
    return object != NULL && source_state_equal(&then, state);
}
