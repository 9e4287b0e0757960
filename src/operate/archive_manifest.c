/* archive_manifest.c — see archive_manifest.h. */
#include "operate/archive_manifest.h"

#include <string.h>

static const char format_name[] = "outgrow archive";
enum { FORMAT_VERSION = 1 };

static json_t *
words_or_null(const char *words)
{
    return words == NULL ? json_null() : json_string(words);
}

static json_t *
file_to_json(const struct archive_file *file)
{
    json_t *object = json_object();
    json_t *links = json_array();
    for (size_t i = 0; i < file->link_count; i++) {
        json_array_append_new(links, json_string(file->links[i]));
    }
    json_object_set_new(object, "name", json_string(file->name));
    json_object_set_new(object, "size", json_integer(file->size_bytes));
    json_object_set_new(object, "sha256", json_string(file->sha256));
    json_object_set_new(object, "original_path", json_string(file->original_path));
    json_object_set_new(object, "links", links);
    return object;
}

static json_t *
run_to_json(const struct archive_run *run)
{
    if (run->id == 0) {
        return json_null();
    }
    json_t *object = json_object();
    json_object_set_new(object, "id", json_integer(run->id));
    json_object_set_new(object, "target", words_or_null(run->target));
    json_object_set_new(object, "state", words_or_null(run->state));
    json_object_set_new(object, "exit_code",
                        run->exit_code < 0 ? json_null() : json_integer(run->exit_code));
    json_object_set_new(object, "finished_at", words_or_null(run->finished_at));
    json_object_set_new(object, "differences", json_integer(run->differences));
    return object;
}

json_t *
archive_manifest_to_json(const struct archive_manifest *manifest)
{
    json_t *object = json_object();
    json_t *files = json_array();
    for (size_t i = 0; i < manifest->file_count; i++) {
        json_array_append_new(files, file_to_json(&manifest->files[i]));
    }
    json_object_set_new(object, "format", json_string(format_name));
    json_object_set_new(object, "version", json_integer(FORMAT_VERSION));
    json_object_set_new(object, "outgrow", words_or_null(manifest->program));
    json_object_set_new(object, "created_at", words_or_null(manifest->created_at));
    json_object_set_new(object, "files", files);
    json_object_set_new(object, "damage", words_or_null(manifest->damage));
    json_object_set_new(object, "run", run_to_json(&manifest->run));
    return object;
}

bool
archive_file_name_is_plain(const char *name)
{
    return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0 && strcmp(name, ARCHIVE_MANIFEST_NAME) != 0 &&
           strlen(name) <= ARCHIVE_FILE_NAME_MAX;
}

const struct archive_file *
archive_manifest_find(const struct archive_manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (strcmp(manifest->files[i].name, name) == 0) {
            return &manifest->files[i];
        }
    }
    return NULL;
}

/* "" when there is none, which no caller accepts. jansson refuses U+0000. */
static const char *
words_of(struct arena *arena, const json_t *object, const char *key)
{
    const char *words = json_string_value(json_object_get(object, key));
    return words == NULL ? "" : arena_strdup(arena, words);
}

static bool
is_digest(const char *hex)
{
    return strlen(hex) == DIGEST_HEX_SIZE - 1 &&
           strspn(hex, "0123456789abcdef") == DIGEST_HEX_SIZE - 1;
}

static bool
parse_file(const json_t *object, struct arena *arena, struct archive_manifest *manifest)
{
    const json_t *links = json_object_get(object, "links");
    const char *hex = words_of(arena, object, "sha256");
    struct archive_file file = {
        .name = words_of(arena, object, "name"),
        .size_bytes = json_integer_value(json_object_get(object, "size")),
        .original_path = words_of(arena, object, "original_path"),
    };
    if (!archive_file_name_is_plain(file.name) || !is_digest(hex) || file.size_bytes < 0 ||
        archive_manifest_find(manifest, file.name) != NULL) {
        return false;
    }
    memcpy(file.sha256, hex, sizeof file.sha256);
    for (size_t i = 0; i < json_array_size(links); i++) {
        const char *link = json_string_value(json_array_get(links, i));
        if (link == NULL) {
            return false;
        }
        const char **slot = ARENA_APPEND(arena, file.links, file.link_count);
        *slot = arena_strdup(arena, link);
    }
    *ARENA_APPEND(arena, manifest->files, manifest->file_count) = file;
    return true;
}

static void
parse_run(const json_t *object, struct arena *arena, struct archive_run *run)
{
    const json_t *code = json_object_get(object, "exit_code");
    if (!json_is_object(object)) {
        return;
    }
    *run = (struct archive_run){
        .id = json_integer_value(json_object_get(object, "id")),
        .target = words_of(arena, object, "target"),
        .state = words_of(arena, object, "state"),
        .exit_code = json_is_integer(code) ? (int)json_integer_value(code) : -1,
        .finished_at = words_of(arena, object, "finished_at"),
        .differences = json_integer_value(json_object_get(object, "differences")),
    };
}

static bool
parse_object(const json_t *object, struct arena *arena, struct archive_manifest *manifest,
             struct error *err)
{
    json_int_t version = json_integer_value(json_object_get(object, "version"));
    const json_t *files = json_object_get(object, "files");
    if (strcmp(words_of(arena, object, "format"), format_name) != 0 || version < 1) {
        return error_set(err, ERROR_SOURCE, "it is not an archive made by outgrow");
    }
    if (version > FORMAT_VERSION) {
        error_set(err, ERROR_SOURCE,
                  "its manifest is of version %lld, and this program knows %d",
                  (long long)version, (int)FORMAT_VERSION);
        return error_hint(err, "use the newer outgrow that made it, or tar --zstd -xf");
    }
    for (size_t i = 0; i < json_array_size(files); i++) {
        if (!parse_file(json_array_get(files, i), arena, manifest)) {
            return error_set(err, ERROR_SOURCE, "entry %zu of its manifest is not acceptable",
                             i + 1);
        }
    }
    return manifest->file_count > 0 ||
           error_set(err, ERROR_SOURCE, "its manifest names no file");
}

bool
archive_manifest_parse(const char *text, size_t size, struct arena *arena,
                       struct archive_manifest *manifest, struct error *err)
{
    *manifest = (struct archive_manifest){0};
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    bool parsed = json_is_object(object)
                      ? parse_object(object, arena, manifest, err)
                      : error_set(err, ERROR_SOURCE, "its manifest is not JSON");
    if (parsed) {
        const char *damage = json_string_value(json_object_get(object, "damage"));
        manifest->program = words_of(arena, object, "outgrow");
        manifest->created_at = words_of(arena, object, "created_at");
        manifest->damage = arena_strdup(arena, damage);
        parse_run(json_object_get(object, "run"), arena, &manifest->run);
    }
    json_decref(object);
    return parsed;
}
