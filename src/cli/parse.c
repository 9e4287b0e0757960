/* parse.c — see parse.h. */
#include "cli/parse.h"

#include "base/suggest.h"
#include "cli/option_value.h"
#include "settings/target_choice.h"

#include <stdlib.h>
#include <string.h>

/* Where the parser is in the words. */
struct cursor {
    char **words;
    size_t count;
    size_t next;
    bool options_over; /* behind "--" or the command's verbatim operand */
};

static const struct command *
find_command(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(command_table[i].name, name) == 0) {
            return &command_table[i];
        }
    }
    return NULL;
}

const struct option *
find_option(const char *name, size_t name_length)
{
    for (size_t i = 0; i < option_count; i++) {
        if (strlen(option_table[i].name) == name_length &&
            memcmp(option_table[i].name, name, name_length) == 0) {
            return &option_table[i];
        }
    }
    return NULL;
}

bool
command_takes(const struct command *command, const struct option *option)
{
    size_t length = strlen(option->name);
    for (const char *word = command->options; *word != '\0';) {
        size_t word_length = strcspn(word, " ");
        if (word_length == length && memcmp(word, option->name, length) == 0) {
            return true;
        }
        word += word_length + strspn(word + word_length, " ");
    }
    return false;
}

char *
option_variable(struct arena *arena, const struct option *option)
{
    char *name = arena_printf(arena, "OUTGROW_%s", option->name);
    for (char *c = name; *c != '\0'; c++) {
        if (*c == '-') {
            *c = '_';
        } else if (*c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 'a' + 'A');
        }
    }
    return name;
}

static bool
refuse_option(const struct command *command, const char *word, size_t length, struct error *err)
{
    const char *name = word + 2;
    AUTO_ARENA memory = {0};
    struct suggestion near = {.typed = arena_strndup(&memory, name, length - 2)};
    for (size_t i = 0; i < option_count; i++) {
        if (command_takes(command, &option_table[i])) {
            suggest_consider(&near, option_table[i].name);
        }
    }
    error_set(err, ERROR_USAGE, "\"%s\" has no option %.*s", command->name, (int)length, word);
    if (near.best != NULL) {
        return error_hint(err, "did you mean --%s?", near.best);
    }
    return error_hint(err, "outgrow help %s lists its options", command->name);
}

static const struct option *
find_letter(const struct command *command, char letter)
{
    for (size_t i = 0; i < option_count; i++) {
        if (option_table[i].letter == letter && command_takes(command, &option_table[i])) {
            return &option_table[i];
        }
    }
    return NULL;
}

static bool
is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Where a value is expected: a word that can only be meant as the next option. */
static bool
is_option(const struct command *command, const char *word)
{
    bool letter = word[0] == '-' && word[1] != '\0' && word[2] == '\0';
    return strncmp(word, "--", 2) == 0 || is_help(word) ||
           (letter && find_letter(command, word[1]) != NULL);
}

/* The word behind an option that was given without "=": its value. where: "--jobs", "-j". */
static bool
take_value(const struct command *command, struct cursor *cursor, const struct option *option,
           const char *where, const char **value, struct error *err)
{
    bool is_last = cursor->next >= cursor->count;
    const char *word = is_last ? "" : cursor->words[cursor->next];
    if (is_last || strcmp(word, "--") == 0) {
        return error_set(err, ERROR_USAGE, "%s needs a value: %s %s", where, where,
                         option->argument);
    }
    if (is_option(command, word)) {
        error_set(err, ERROR_USAGE, "%s needs a value: %s %s; an option follows instead: %s",
                  where, where, option->argument, word);
        return error_hint(err,
                          "write the value between them; one that begins like an option "
                          "is written --%s=%s",
                          option->name, word);
    }
    *value = word;
    cursor->next++;
    return true;
}

/* --name, --name=value, --name value, --no-name. */
static bool
parse_long(const struct command *command, struct cursor *cursor, struct settings *settings,
           struct error *err)
{
    const char *word = cursor->words[cursor->next++];
    size_t length = strcspn(word, "=");
    const char *value = word[length] == '=' ? word + length + 1 : NULL;
    const struct option *option = length <= 2 ? NULL : find_option(word + 2, length - 2);
    bool negated = false;
    if (option == NULL && strncmp(word, "--no-", 5) == 0 && length > 5) {
        option = find_option(word + 5, length - 5);
        negated = option != NULL && option->kind == OPTION_FLAG;
        option = negated ? option : NULL;
    }
    if (option == NULL || !command_takes(command, option)) {
        return refuse_option(command, word, length, err);
    }
    if (option->kind == OPTION_FLAG && (negated || value == NULL)) {
        if (value != NULL) {
            return error_set(err, ERROR_USAGE, "--no-%s takes no value", option->name);
        }
        option_flag_set(settings, option, !negated);
        return true;
    }
    AUTO_ARENA memory = {0};
    const char *where = arena_printf(&memory, "--%s", option->name);
    return (value != NULL || take_value(command, cursor, option, where, &value, err)) &&
           option_value_set(settings, option, where, value, err);
}

/* -q, -qn, -j4, -j 4. */
static bool
parse_short(const struct command *command, struct cursor *cursor, struct settings *settings,
            struct error *err)
{
    const char *letters = cursor->words[cursor->next++] + 1;
    for (; *letters != '\0'; letters++) {
        const struct option *option = find_letter(command, *letters);
        if (option == NULL) {
            error_set(err, ERROR_USAGE, "\"%s\" has no option -%c", command->name, *letters);
            return error_hint(err, "outgrow help %s lists its options", command->name);
        }
        if (option->kind == OPTION_FLAG) {
            option_flag_set(settings, option, true);
            continue;
        }
        const char where[] = {'-', *letters, '\0'};
        const char *value = letters + 1;
        return (*value != '\0' || take_value(command, cursor, option, where, &value, err)) &&
               option_value_set(settings, option, where, value, err);
    }
    return true;
}

static bool
read_environment(struct arena *arena, const struct command *command, struct settings *settings,
                 struct error *err)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        if (!command_takes(command, option)) {
            continue;
        }
        char *variable = option_variable(arena, option);
        const char *value = getenv(variable);
        bool unset = value == NULL || (value[0] == '\0' && option->kind != OPTION_FLAG);
        if (!unset && !option_value_set(settings, option, variable, value, err)) {
            return false;
        }
    }
    return true;
}

static void
take_operand(const struct command *command, struct cursor *cursor, struct settings *settings)
{
    const char *word = cursor->words[cursor->next++];
    settings->arguments[settings->argument_count++] = word;
    if (command->verbatim_after != NULL && strcmp(word, command->verbatim_after) == 0) {
        cursor->options_over = true;
    }
}

/* Where a file is meant it would be taken for one, and be shown with its password. */
static bool
check_target_is_last(const struct command *command, const struct settings *settings,
                     struct error *err)
{
    if (command->verbatim_after != NULL) {
        return true;
    }
    for (size_t i = 1; i < settings->argument_count; i++) {
        if (target_is_named_by(settings->arguments[i - 1])) {
            error_set(err, ERROR_USAGE, "a connection string stands in front of \"%s\"",
                      settings->arguments[i]);
            return error_hint(err, "there is one target, and it comes last");
        }
    }
    return true;
}

/* Left to libpq, an empty target would be whatever PG* variables name. */
static bool
check_none_is_empty(const struct command *command, const struct settings *settings,
                    struct error *err)
{
    for (size_t i = 0; i < settings->argument_count && command->verbatim_after == NULL; i++) {
        if (settings->arguments[i][0] == '\0') {
            error_set(err, ERROR_USAGE, "argument %zu of \"%s\" is empty: \"\"", i + 1,
                      command->name);
            return error_hint(err,
                              "is a variable of the shell not set? usage: outgrow %s "
                              "[OPTION...] %s",
                              command->name, command->synopsis);
        }
    }
    return true;
}

static bool
check_operand_count(const struct command *command, const struct settings *settings,
                    struct error *err)
{
    bool planned = settings->plan != NULL || settings->check != NULL; /* which names SOURCE */
    if (settings->argument_count < (planned ? 0 : command->arguments_min)) {
        error_set(err, ERROR_USAGE, "\"%s\" needs an argument", command->name);
    } else if (settings->argument_count > command->arguments_max) {
        error_set(err, ERROR_USAGE, "\"%s\" does not know what to do with \"%s\"",
                  command->name, settings->arguments[command->arguments_max]);
    } else {
        return true;
    }
    return error_hint(err, "usage: outgrow %s [OPTION...] %s", command->name,
                      command->synopsis);
}

static bool
parse_words(struct cursor *cursor, struct command_line *line, struct error *err)
{
    const struct command *command = line->command;
    while (cursor->next < cursor->count) {
        const char *word = cursor->words[cursor->next];
        bool ok = true;
        if (cursor->options_over || word[0] != '-' || word[1] == '\0') {
            take_operand(command, cursor, &line->settings);
        } else if (strcmp(word, "--") == 0) {
            cursor->options_over = true;
            cursor->next++;
        } else if (is_help(word)) {
            line->action = ACTION_HELP;
            return true;
        } else if (word[1] == '-') {
            ok = parse_long(command, cursor, &line->settings, err);
        } else {
            ok = parse_short(command, cursor, &line->settings, err);
        }
        if (!ok) {
            return false;
        }
    }
    return check_none_is_empty(command, &line->settings, err) &&
           check_target_is_last(command, &line->settings, err) &&
           check_operand_count(command, &line->settings, err);
}

static bool
refuse_command(const char *word, struct error *err)
{
    struct suggestion near = {.typed = word};
    for (size_t i = 0; i < command_count; i++) {
        suggest_consider(&near, command_table[i].name);
    }
    suggest_consider(&near, "help");
    if (word[0] == '-') {
        error_set(err, ERROR_USAGE, "a command comes first, not the option %s", word);
    } else {
        error_set(err, ERROR_USAGE, "there is no command \"%s\"", word);
    }
    if (near.best != NULL) {
        return error_hint(err, "did you mean \"%s\"?", near.best);
    }
    return error_hint(err, "outgrow --help lists the commands");
}

/* help [COMMAND | --man | --completion SHELL | --markdown TOPIC] */
static bool
parse_help(struct cursor *cursor, struct command_line *line, struct error *err)
{
    static const struct {
        const char *word;
        enum command_line_action action;
        bool has_topic;
    } forms[] = {
        {"--man", ACTION_MAN, false},
        {"--completion", ACTION_COMPLETION, true},
        {"--markdown", ACTION_MARKDOWN, true},
    };
    line->action = ACTION_HELP;
    if (cursor->next >= cursor->count) {
        return true;
    }
    const char *word = cursor->words[cursor->next++];
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(word, forms[i].word) == 0) {
            line->action = forms[i].action;
            line->topic = cursor->next < cursor->count ? cursor->words[cursor->next] : NULL;
            return !forms[i].has_topic || line->topic != NULL ||
                   error_set(err, ERROR_USAGE, "help %s needs a word behind it", word);
        }
    }
    if (is_help(word) || strcmp(word, "help") == 0) {
        return true;
    }
    line->command = find_command(word);
    return line->command != NULL || refuse_command(word, err);
}

bool
parse_command_line(struct arena *arena, char **words, size_t word_count,
                   struct command_line *line, struct error *err)
{
    struct cursor cursor = {.words = words, .count = word_count};
    *line = (struct command_line){.action = ACTION_HELP};
    option_defaults(&line->settings);
    if (word_count == 0) {
        error_set(err, ERROR_USAGE, "no command was given");
        return error_hint(err, "outgrow --help lists the commands");
    }
    const char *first = words[cursor.next++];
    if (is_help(first) || strcmp(first, "help") == 0) {
        return parse_help(&cursor, line, err);
    }
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0) {
        line->action = ACTION_VERSION;
        return true;
    }
    line->command = find_command(first);
    if (line->command == NULL) {
        return refuse_command(first, err);
    }
    line->action = ACTION_RUN;
    line->settings.arguments = arena_alloc(arena, word_count * sizeof(char *));
    return read_environment(arena, line->command, &line->settings, err) &&
           parse_words(&cursor, line, err);
}
