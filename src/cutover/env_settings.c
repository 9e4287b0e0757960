/* env_settings.c — the list of --set, with values from the environment and from files. */
#include "base/path.h"
#include "cutover/env_file.h"

#include <ctype.h>
#include <errno.h>

enum { SECRET_FILE_MAX = 65536 };

static bool
name_is_good(const char *name, size_t length)
{
    if (length == 0 || isdigit((unsigned char)name[0])) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '.') {
            return false;
        }
    }
    return true;
}

static void
file_close(FILE **file)
{
    if (*file != NULL) {
        fclose(*file);
    }
}

static bool
value_of_file(struct arena *arena, const char *path, const char **value, struct error *err)
{
    __attribute__((cleanup(file_close))) FILE *file = fopen(path, "re");
    char *line = arena_alloc(arena, SECRET_FILE_MAX);
    if (file == NULL || (fgets(line, SECRET_FILE_MAX, file) == NULL && ferror(file))) {
        return error_set(err, ERROR_SYSTEM, "read a value of --set from \"%s\"", path);
    }
    line[strcspn(line, "\r\n")] = '\0';
    *value = line;
    return true;
}

static bool
value_of(struct arena *arena, const char *name, const char *word, const char **value,
         struct error *err)
{
    if (word[0] == '@') {
        return value_of_file(arena, word + 1, value, err);
    }
    if (word[0] != '$') {
        *value = word;
        return true;
    }
    const char *found = getenv(word + 1);
    if (found == NULL) {
        error_set(err, ERROR_USAGE, "--set %s: there is no environment variable \"%s\"", name,
                  word + 1);
        return error_hint(err, "export it, or give @FILE or a plain value");
    }
    *value = arena_strdup(arena, found);
    return true;
}

static void
put(struct arena *arena, struct env_settings *settings, struct env_setting setting)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->items[i].name, setting.name) == 0) {
            settings->items[i] = setting;
            return;
        }
    }
    *ARENA_APPEND(arena, settings->items, settings->count) = setting;
}

/* The next word up to an unescaped comma; *list moves behind it. */
static char *
take_word(struct arena *arena, const char **list)
{
    char *word = arena_alloc(arena, strlen(*list) + 1);
    size_t length = 0;
    const char *at = *list;
    for (; *at != '\0' && *at != ','; at++) {
        at += at[0] == '\\' && at[1] == ',';
        word[length++] = *at;
    }
    *list = *at == ',' ? at + 1 : at;
    return word;
}

bool
env_settings_parse(struct arena *arena, const char *list, struct env_settings *settings,
                   struct error *err)
{
    while (*list != '\0') {
        char *word = take_word(arena, &list);
        char *equals = strchr(word, '=');
        if (equals == NULL || !name_is_good(word, (size_t)(equals - word))) {
            error_set(err, ERROR_USAGE, "--set takes NAME=VALUE, and item %zu is none",
                      settings->count + 1);
            return error_hint(err,
                              "--set 'DATABASE_URL=$NEW_URL,DB_BACKEND=postgres'; a comma in "
                              "a value is \"\\,\"");
        }
        *equals = '\0';
        struct env_setting setting = {.name = word};
        if (!value_of(arena, word, equals + 1, &setting.value, err)) {
            return false;
        }
        put(arena, settings, setting);
    }
    return true;
}
