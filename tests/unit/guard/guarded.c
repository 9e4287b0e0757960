/* guarded.c — see guarded.h. */
#include "guarded.h"

#include <string.h>

static FILE *
open_or_end(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

void
guarded_functions(struct arena *arena, const char *path, struct guard_functions *functions)
{
    FILE *file = open_or_end(path);
    struct guard_function *list = NULL;
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] != '#') {
            struct guard_function *function = ARENA_APPEND(arena, list, functions->count);
            function->volatile_any = line[0] == 'v';
            function->name = arena_strndup(arena, line + 2, strcspn(line + 2, "\n"));
        }
    }
    functions->built_in = list;
    fclose(file);
}

static char *
unescape(struct arena *arena, const char *text, size_t *length)
{
    char *plain = arena_alloc(arena, strlen(text) + 1);
    size_t at = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\\' && c[1] != '\0') {
            c++;
            plain[at++] = (char)(*c == 'n' ? '\n' : *c == 't' ? '\t' : *c);
        } else {
            plain[at++] = *c;
        }
    }
    *length = at;
    return plain;
}

static enum guard_purpose
purpose_of(const char *word)
{
    return strcmp(word, "query") == 0     ? GUARD_QUERY
           : strcmp(word, "execute") == 0 ? GUARD_EXECUTE
                                          : GUARD_ALTER;
}

void
guarded_statements(struct arena *arena, const char *path, struct judged_statement **statements,
                   size_t *count)
{
    FILE *file = open_or_end(path);
    char *line = NULL;
    size_t size = 0;
    for (int number = 1; getline(&line, &size, file) >= 0; number++) {
        char *rest = line;
        if (line[0] == '#') {
            continue;
        }
        line[strlen(line) - 1] = '\0';
        const char *purpose = strsep(&rest, "\t");
        const char *verdict = strsep(&rest, "\t");
        const char *sql = strsep(&rest, "\t");
        struct judged_statement *statement = ARENA_APPEND(arena, *statements, *count);
        statement->line = number;
        statement->purpose = purpose_of(purpose);
        statement->allowed = strcmp(verdict, "allow") == 0;
        statement->sql = unescape(arena, sql, &statement->length);
        statement->why = arena_strdup(arena, rest);
    }
    free(line);
    fclose(file);
}
