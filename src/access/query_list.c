/* query_list.c — see query_list.h. */
#include "access/query_list.h"

#include "postgres/sql_script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FILE_BYTES_MAX = 16 << 20 };

enum side { SIDE_BOTH, SIDE_SOURCE, SIDE_TARGET };

struct list {
    struct arena *arena;
    const char *path;
    const char *text;
    size_t length;
    struct query *queries;
    size_t count;
    size_t first; /* of this file */
};

/* What the comments in front of a statement say. */
struct heading {
    const char *name; /* NULL: nothing */
    enum side side;
};

static bool
failed_at(const struct list *list, size_t line, struct error *err, const char *words)
{
    return error_set(err, ERROR_USAGE, "%s, line %zu: %s", list->path, line, words);
}

/* The rest of a comment line behind "key:", without blanks around it; NULL: another line. */
static const char *
comment_value(struct arena *arena, const char *line, size_t length, const char *key)
{
    const char *end = line + length;
    while (line < end && (isspace((unsigned char)*line) || *line == '-')) {
        line++;
    }
    size_t key_length = strlen(key);
    if ((size_t)(end - line) <= key_length || strncasecmp(line, key, key_length) != 0 ||
        line[key_length] != ':') {
        return NULL;
    }
    line += key_length + 1;
    while (line < end && isspace((unsigned char)*line)) {
        line++;
    }
    while (end > line && isspace((unsigned char)end[-1])) {
        end--;
    }
    return arena_strndup(arena, line, (size_t)(end - line));
}

static bool
heading_read_side(const struct list *list, const char *word, size_t line, enum side *side,
                  struct error *err)
{
    if (strcasecmp(word, "sqlite") == 0) {
        *side = SIDE_SOURCE;
    } else if (strcasecmp(word, "postgres") == 0 || strcasecmp(word, "postgresql") == 0) {
        *side = SIDE_TARGET;
    } else {
        failed_at(list, line, err, "\"for\" is sqlite or postgres");
        return error_hint(err, "without it the statement is asked of both sides");
    }
    return true;
}

/* list->text[start, end): white space and comments in front of a statement. */
static bool
heading_read(const struct list *list, size_t start, size_t end, size_t line,
             struct heading *heading, struct error *err)
{
    const char *text = list->text;
    *heading = (struct heading){.name = NULL};
    for (size_t at = start; at < end;) {
        const char *newline = memchr(text + at, '\n', end - at);
        size_t length = newline == NULL ? end - at : (size_t)(newline - text) - at;
        const char *name = comment_value(list->arena, text + at, length, "name");
        const char *side = comment_value(list->arena, text + at, length, "for");
        if (name != NULL && name[0] != '\0') {
            heading->name = name;
        }
        if (side != NULL && !heading_read_side(list, side, line, &heading->side, err)) {
            return false;
        }
        at += length + 1;
    }
    return true;
}

static struct query *
find(const struct list *list, const char *name)
{
    for (size_t i = list->first; i < list->count; i++) {
        if (strcmp(list->queries[i].name, name) == 0) {
            return &list->queries[i];
        }
    }
    return NULL;
}

/* Whether ORDER BY stands outside of all parentheses, strings and comments. */
static bool
is_ordered(const char *sql)
{
    int depth = 0;
    for (const char *at = sql; *at != '\0'; at++) {
        if (*at == '\'' || *at == '"') {
            const char *close = strchr(at + 1, *at);
            at = close == NULL ? at + strlen(at) - 1 : close;
        } else if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n") - 1;
        } else if (*at == '(') {
            depth++;
        } else if (*at == ')') {
            depth--;
        } else if (depth == 0 && strncasecmp(at, "order", 5) == 0 &&
                   isspace((unsigned char)at[5]) &&
                   (at == sql || !(isalnum((unsigned char)at[-1]) || at[-1] == '_'))) {
            return true;
        }
    }
    return false;
}

static bool
add(struct list *list, const struct heading *heading, const char *sql, size_t line,
    struct error *err)
{
    const char *name = heading->name != NULL ? heading->name
                                             : arena_printf(list->arena, "line %zu", line);
    struct query *query = find(list, name);
    bool is_second = query != NULL && heading->side != SIDE_BOTH &&
                     (heading->side == SIDE_SOURCE ? query->source_sql : query->target_sql) ==
                         NULL;
    if (query != NULL && !is_second) {
        failed_at(list, line, err, "this name was given to a query before");
        return error_hint(err,
                          "two statements share a name only as -- for: sqlite and postgres");
    }
    if (query == NULL) {
        query = ARENA_APPEND(list->arena, list->queries, list->count);
        *query = (struct query){.name = name, .line = line};
    }
    if (heading->side != SIDE_TARGET) {
        query->source_sql = sql;
        query->ordered = is_ordered(sql);
    }
    if (heading->side != SIDE_SOURCE) {
        query->target_sql = sql;
    }
    return true;
}

static bool
check_whole(const struct list *list, struct error *err)
{
    if (list->count == list->first) {
        return error_set(err, ERROR_USAGE, "%s: there is no query in it", list->path);
    }
    for (size_t i = list->first; i < list->count; i++) {
        const struct query *query = &list->queries[i];
        if (query->source_sql == NULL || query->target_sql == NULL) {
            failed_at(list, query->line, err, "the text for the other side is missing");
            return error_hint(err, "add a statement with -- name: %.100s and -- for: %s",
                              query->name, query->source_sql == NULL ? "sqlite" : "postgres");
        }
    }
    return true;
}

static bool
parse(struct list *list, struct error *err)
{
    struct sql_script script = {0};
    if (!sql_script_read(list->arena, list->text, list->length, &script, err)) {
        return error_wrap(err, "%s", list->path);
    }
    size_t behind = 0;
    for (size_t i = 0; i < script.statement_count; i++) {
        const struct sql_statement *statement = &script.statements[i];
        struct heading heading;
        size_t line = 0;
        size_t column = 0;
        sql_script_locate(&script, statement->start, &line, &column);
        char *sql = arena_strndup(list->arena, list->text + statement->start,
                                  statement->end - statement->start);
        size_t sql_length = strlen(sql);
        if (sql_length > 0 && sql[sql_length - 1] == ';') {
            sql[sql_length - 1] = '\0';
        }
        if (!heading_read(list, behind, statement->start, line, &heading, err) ||
            !add(list, &heading, sql, line, err)) {
            return false;
        }
        behind = statement->end;
    }
    return check_whole(list, err);
}

static inline void
file_close(FILE **file)
{
    if (*file != NULL) {
        fclose(*file);
    }
}

bool
query_list_read(struct arena *arena, const char *path, struct query **queries, size_t *count,
                struct error *err)
{
    __attribute__((cleanup(file_close))) FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(err, ERROR_SYSTEM, "read %s", path);
    }
    char *text = arena_alloc(arena, FILE_BYTES_MAX + 1);
    size_t length = fread(text, 1, FILE_BYTES_MAX, file);
    if (ferror(file)) {
        return error_set(err, ERROR_SYSTEM, "read %s", path);
    }
    if (length == FILE_BYTES_MAX) {
        return error_set(err, ERROR_USAGE, "%s is larger than %d MiB", path,
                         FILE_BYTES_MAX >> 20);
    }
    struct list list = {arena, path, text, length, *queries, *count, *count};
    if (!parse(&list, err)) {
        return false;
    }
    *queries = list.queries;
    *count = list.count;
    return true;
}
