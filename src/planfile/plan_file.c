/* plan_file.c — see plan_file.h. */
#include "planfile/plan_file.h"

#include "planfile/plan_keys.h"
#include "value/uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Plans that name no namespace get theirs from this one; it must never change. */
static const uint8_t root_namespace[UUID_NAMESPACE_SIZE] = {0x6f, 0x75, 0x74, 0x67, 0x72, 0x6f,
                                                            0x57, 0x70, 0x9c, 0x1a, 0x4e, 0x02,
                                                            0x7d, 0xb3, 0x55, 0x21};

bool
plan_file_failed(const struct plan_file *file, struct plan_place place, struct error *err,
                 const char *format, ...)
{
    char words[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return yaml_failed(file->path, place, err, "%s", words);
}

void
plan_file_namespace(const char *plan_name, uint8_t namespace[UUID_NAMESPACE_SIZE])
{
    uuid_v5(root_namespace, plan_name, strlen(plan_name), namespace);
}

const char *
plan_file_resolve(struct arena *arena, const struct plan_file *file, const char *path)
{
    const char *slash = strrchr(file->path, '/');
    if (path[0] == '/' || slash == NULL) {
        return path;
    }
    return arena_printf(arena, "%.*s%s", (int)(slash - file->path + 1), file->path, path);
}

bool
plan_read_version(struct plan_reader *reader, const struct yaml_node *node,
                  const struct plan_key *key, void *field)
{
    (void)key;
    (void)field;
    if (node->kind == YAML_SCALAR && strcmp(node->text, "1") == 0) {
        return true;
    }
    plan_read_failed(reader, node, "the plan file's version must be 1");
    return error_hint(reader->err, "a newer outgrow may read it");
}

bool
plan_read_namespace(struct plan_reader *reader, const struct yaml_node *node,
                    const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_word word;
    bool canonical;
    if (!plan_read_text(reader, node, &word)) {
        return false;
    }
    return uuid_parse((const uint8_t *)word.text, strlen(word.text), field, &canonical) ||
           plan_read_failed(reader, node, "the namespace must be a UUID");
}

static bool
has_key(const struct yaml_node *root, const char *key)
{
    for (size_t i = 0; i < root->count; i++) {
        if (strcmp(root->keys[i].text, key) == 0) {
            return true;
        }
    }
    return false;
}

/* What the file does not say follows from what it says. */
static void
complete(struct plan_file *file, const struct yaml_node *root)
{
    if (file->name.text == NULL && file->source_count > 0) {
        file->name = file->sources[0].name;
    }
    if (!has_key(root, "namespace")) {
        plan_file_namespace(file->name.text == NULL ? "" : file->name.text, file->namespace);
    }
}

bool
plan_file_read_text(struct arena *arena, const char *path, const char *text, size_t size,
                    struct plan_file *file, struct error *err)
{
    struct yaml_node root;
    *file = (struct plan_file){.path = path, .text = arena_strndup(arena, text, size)};
    struct plan_reader reader = {arena, file, err};
    if (!yaml_tree_read(arena, path, text, size, &root, err)) {
        return false;
    }
    if (root.kind != YAML_MAPPING || !has_key(&root, "version")) {
        plan_read_failed(&reader, &root, "this is no plan file: it does not say version: 1");
        return error_hint(err, "outgrow plan SOURCE -o plan.yaml writes one to begin with");
    }
    if (!plan_read_mapping(&reader, &root, CONTEXT_FILE, file)) {
        return false;
    }
    complete(file, &root);
    return true;
}

static bool
read_bytes(int descriptor, struct text *text)
{
    enum { PIECE = 65536 };
    for (;;) {
        text_reserve(text, PIECE);
        ssize_t count = read(descriptor, text->bytes + text->length, PIECE);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            text->bytes[text->length] = '\0';
            return count == 0;
        }
        text->length += (size_t)count;
    }
}

bool
plan_file_load(const char *path, struct text *text, struct error *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return error_set(err, ERROR_SYSTEM, "open %s", path);
    }
    bool ok = read_bytes(descriptor, text) || error_set(err, ERROR_SYSTEM, "read %s", path);
    close(descriptor);
    if (ok && memchr(text->bytes, '\0', text->length) != NULL) {
        return error_set(err, ERROR_USAGE, "%s: this is no text, so no plan file", path);
    }
    return ok;
}

bool
plan_file_read(struct arena *arena, const char *path, struct plan_file *file, struct error *err)
{
    AUTO_TEXT text = {0};
    return plan_file_load(path, &text, err) &&
           plan_file_read_text(arena, path, text_string(&text), text.length, file, err);
}
