/* plan_file_source.c — sources and the target: the only place where the environment enters
 * a plan. */
#include "planfile/plan_keys.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool
read_source(struct plan_reader *reader, const struct yaml_node *name,
            const struct yaml_node *value, struct plan_file_source *source)
{
    if (strchr(name->text, '.') != NULL || name->text[0] == '\0') {
        return plan_read_failed(reader, name, "the name of a source is a word without a dot");
    }
    source->name = (struct plan_word){name->text, name->place};
    if (value->kind == YAML_SCALAR) {
        return plan_read_text(reader, value, &source->path);
    }
    if (!plan_read_mapping(reader, value, CONTEXT_SOURCE, source)) {
        return false;
    }
    return source->path.text != NULL ||
           plan_read_failed(reader, value, "the source has no path");
}

bool
plan_read_sources(struct plan_reader *reader, const struct yaml_node *node,
                  const struct plan_key *key, void *field)
{
    (void)key;
    (void)field;
    struct plan_file *file = reader->file;
    if (!plan_expect(reader, node, YAML_MAPPING, "a mapping (name: path)")) {
        return false;
    }
    file->sources = arena_alloc(reader->arena, node->count * sizeof *file->sources);
    for (size_t i = 0; i < node->count; i++) {
        if (!read_source(reader, &node->keys[i], &node->items[i], &file->sources[i])) {
            return false;
        }
    }
    file->source_count = node->count;
    return true;
}

static size_t
name_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') {
        length++;
    }
    return length;
}

/* Adds what stands for ${NAME}; `at` is behind the brace. */
static bool
add_variable(struct arena *arena, const struct plan_file *file, const char **at,
             struct text *out, struct error *err)
{
    size_t length = name_length(*at);
    if (length == 0 || (*at)[length] != '}') {
        plan_file_failed(file, file->target.place, err, "${ without a name and } behind it");
        return error_hint(err, "write ${DATABASE_URL}");
    }
    const char *name = arena_strndup(arena, *at, length);
    const char *value = getenv(name);
    if (value == NULL) {
        plan_file_failed(file, file->target.place, err, "the environment has no %s", name);
        return error_hint(err,
                          "export %s=postgresql://..., or name the target on the command "
                          "line",
                          name);
    }
    text_add(out, value);
    *at += length + 1;
    return true;
}

/* It may hold a password, written out: it is not kept with the run. */
static void
remove_from_kept_text(struct plan_reader *reader, const struct yaml_node *node)
{
    const char *text = reader->file->text;
    size_t size = strlen(text);
    if (node->start <= node->end && node->end <= size) {
        bool lines = memchr(text + node->start, '\n', node->end - node->start) != NULL;
        reader->file->text = arena_printf(reader->arena, "%.*s \"\"%s%s", (int)node->start,
                                          text, lines ? "\n" : "", text + node->end);
    }
}

bool
plan_read_target(struct plan_reader *reader, const struct yaml_node *node,
                 const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_word *target = field;
    if (!plan_expect(reader, node, YAML_SCALAR, "a connection string")) {
        return false;
    }
    *target = (struct plan_word){node->text, node->place};
    remove_from_kept_text(reader, node);
    return true;
}

/* Not while the file is read: an unset variable matters only to those who connect. */
bool
plan_file_target(struct arena *arena, const struct plan_file *file, const char **target,
                 struct error *err)
{
    AUTO_TEXT out = {0};
    const char *written = file->target.text;
    *target = NULL;
    if (written == NULL || *written == '\0' || strcmp(written, "${DATABASE_URL}") == 0) {
        return true;
    }
    for (const char *at = written; *at != '\0';) {
        if (at[0] == '$' && at[1] == '{') {
            at += 2;
            if (!add_variable(arena, file, &at, &out, err)) {
                return false;
            }
        } else {
            text_add_char(&out, *at++);
        }
    }
    *target = arena_strdup(arena, text_string(&out));
    return true;
}
