/* option_value.c — see option_value.h. */
#include "cli/option_value.h"

#include "base/suggest.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void
store(struct settings *settings, const struct option *option, const void *value, size_t size)
{
    memcpy((char *)settings + option->field, value, size);
}

void
option_flag_set(struct settings *settings, const struct option *option, bool on)
{
    store(settings, option, &on, sizeof on);
}

static bool
set_flag(struct settings *settings, const struct option *option, const char *where,
         const char *value, struct error *err)
{
    static const char *const yes[] = {"1", "true", "yes", "on"};
    static const char *const no[] = {"0", "false", "no", "off", ""};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcasecmp(value, yes[i]) == 0) {
            option_flag_set(settings, option, true);
            return true;
        }
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        if (strcasecmp(value, no[i]) == 0) {
            option_flag_set(settings, option, false);
            return true;
        }
    }
    return error_set(err, ERROR_USAGE, "%s is yes or no, not \"%s\"", where, value);
}

static bool
set_number(struct settings *settings, const struct option *option, const char *where,
           const char *value, struct error *err)
{
    char *end = NULL;
    errno = 0;
    long long parsed = strtoll(value, &end, 10);
    if (value[0] == '\0' || *end != '\0' || errno != 0 || parsed < option->min ||
        parsed > option->max) {
        return error_set(err, ERROR_USAGE,
                         "%s is a number from %" PRId64 " to %" PRId64 ", not \"%s\"", where,
                         option->min, option->max, value);
    }
    int64_t number = parsed;
    store(settings, option, &number, sizeof number);
    return true;
}

static bool
refuse_choice(const struct option *option, const char *where, const char *value,
              struct error *err)
{
    AUTO_TEXT words = {0};
    struct suggestion near = {.typed = value};
    for (const struct option_choice *choice = option->choices; choice->word != NULL; choice++) {
        text_printf(&words, "%s%s", words.length == 0 ? "" : ", ", choice->word);
        suggest_consider(&near, choice->word);
    }
    error_set(err, ERROR_USAGE, "%s is one of %s, not \"%s\"", where, text_string(&words),
              value);
    return near.best == NULL ? false : error_hint(err, "did you mean \"%s\"?", near.best);
}

static bool
set_choice(struct settings *settings, const struct option *option, const char *where,
           const char *value, struct error *err)
{
    for (const struct option_choice *choice = option->choices; choice->word != NULL; choice++) {
        if (strcmp(choice->word, value) == 0) {
            store(settings, option, &choice->value, sizeof choice->value);
            return true;
        }
    }
    return refuse_choice(option, where, value, err);
}

static bool
set_text(struct settings *settings, const struct option *option, const char *where,
         const char *value, struct error *err)
{
    if (value[0] == '\0') {
        return error_set(err, ERROR_USAGE, "%s must not be empty", where);
    }
    store(settings, option, &value, sizeof value);
    return true;
}

static bool
add_words(struct settings *settings, const struct option *option, const char *where,
          const char *value, struct error *err)
{
    struct option_words words;
    memcpy(&words, (char *)settings + option->field, sizeof words);
    if (value[0] == '\0') {
        return error_set(err, ERROR_USAGE, "%s must not be empty", where);
    }
    if (words.count == OPTION_WORDS_MAX) {
        return error_set(err, ERROR_USAGE, "%s is given more than %d times", where,
                         OPTION_WORDS_MAX);
    }
    words.items[words.count++] = value;
    store(settings, option, &words, sizeof words);
    return true;
}

bool
option_value_set(struct settings *settings, const struct option *option, const char *where,
                 const char *value, struct error *err)
{
    switch (option->kind) {
    case OPTION_FLAG: return set_flag(settings, option, where, value, err);
    case OPTION_TEXT: return set_text(settings, option, where, value, err);
    case OPTION_WORDS: return add_words(settings, option, where, value, err);
    case OPTION_NUMBER: return set_number(settings, option, where, value, err);
    case OPTION_CHOICE: return set_choice(settings, option, where, value, err);
    }
    return error_set(err, ERROR_INTERNAL, "option \"%s\" is of no kind", option->name);
}

void
option_defaults(struct settings *settings)
{
    *settings = (struct settings){.max_rate_rows = RATE_AS_IT_IS,
                                  .max_log_rows = LOG_ROWS_AS_IT_IS};
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        struct error err;
        bool ok = option->fallback == NULL ||
                  option_value_set(settings, option, option->name, option->fallback, &err);
        assert(ok);
        (void)ok;
    }
}
