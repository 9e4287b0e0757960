/* schema_files_read.c — numbered SQL files from a directory or a list of paths. */
#include "base/path.h"
#include "postgres/schema_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NUMBER_DIGITS_MAX = 18, READ_SIZE = 65536 };
static const size_t file_size_max = (size_t)512 << 20; /* libpq takes no message above 1 GB */

static bool
ends_with(const char *name, const char *ending)
{
    size_t size = strlen(name);
    size_t ending_size = strlen(ending);
    return size >= ending_size && strcmp(name + size - ending_size, ending) == 0;
}

/* Into *number; "V2__x.sql", "v2_x.sql" and "2-x.sql" are 2. */
static bool
read_number(const char *name, int64_t *number, struct error *err)
{
    const char *digits = name + (name[0] == 'V' || name[0] == 'v' ? 1 : 0);
    size_t size = strspn(digits, "0123456789");
    char next = digits[size];
    bool several = next == '.' && digits[size + 1] >= '0' && digits[size + 1] <= '9';
    if (size == 0 || size > NUMBER_DIGITS_MAX || several) {
        error_set(err, ERROR_USAGE,
                  size == 0 ? "%s: has no number in front"
                  : several ? "%s: its number has several parts"
                            : "%s: its number is too large",
                  name);
        return error_hint(err, "name it like 001_name.sql, or let its name not end in .sql");
    }
    *number = strtoll(digits, NULL, 10);
    return true;
}

static bool
read_stream(FILE *stream, const char *path, struct text *content, struct error *err)
{
    size_t got;
    do {
        text_reserve(content, READ_SIZE);
        got = fread(content->bytes + content->length, 1, READ_SIZE, stream);
        content->length += got;
        content->bytes[content->length] = '\0';
        if (content->length > file_size_max) {
            return error_set(err, ERROR_USAGE, "%s: larger than 512 MB", path);
        }
    } while (got > 0);
    return ferror(stream) ? error_set(err, ERROR_SYSTEM, "read %s", path) : true;
}

static bool
read_file(const char *path, struct text *content, struct error *err)
{
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        return error_set(err, ERROR_SYSTEM, "open %s", path);
    }
    bool ok = read_stream(stream, path, content, err);
    fclose(stream);
    return ok;
}

/* Reads and checks one file whose number, name and path are set. */
static bool
load_file(struct arena *arena, struct schema_file *file, struct error *err)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    AUTO_TEXT content = {0};
    if (!read_file(file->path, &content, err)) {
        return false;
    }
    const char *bytes = text_string(&content);
    if (memchr(bytes, '\0', content.length) != NULL) {
        error_set(err, ERROR_USAGE, "%s: is not UTF-8 text", file->name);
        return error_hint(err, "save it as UTF-8");
    }
    size_t skipped = strncmp(bytes, byte_order_mark, 3) == 0 ? 3 : 0;
    size_t length = content.length - skipped;
    const char *text = arena_strndup(arena, bytes + skipped, length);
    return sql_script_read(arena, text, length, &file->script, err)
               ? true
               : error_wrap(err, "%s", file->name);
}

/* Adds a directory entry where it is one of ours. */
static bool
add_entry(struct arena *arena, const char *directory, const char *name,
          struct schema_file_list *list, struct error *err)
{
    struct stat status;
    if (!ends_with(name, ".sql") || name[0] == '.') {
        return true;
    }
    if (ends_with(name, ".down.sql")) {
        *ARENA_APPEND(arena, list->left_out, list->left_out_count) = arena_strdup(arena, name);
        return true;
    }
    const char *path = arena_printf(arena, "%s/%s", directory, name);
    if (stat(path, &status) != 0) {
        return error_set(err, ERROR_SYSTEM, "look at %s", path);
    }
    int64_t number;
    if (S_ISDIR(status.st_mode)) {
        return true;
    }
    if (!read_number(name, &number, err)) {
        return false;
    }
    *ARENA_APPEND(arena, list->files, list->count) = (struct schema_file){
        .number = number, .name = arena_strdup(arena, name), .path = path};
    return true;
}

static bool
list_directory(struct arena *arena, const char *directory, struct schema_file_list *list,
               struct error *err)
{
    DIR *stream = opendir(directory);
    if (stream == NULL) {
        return error_set(err, ERROR_SYSTEM, "open the directory %s", directory);
    }
    bool ok = true;
    struct dirent *entry;
    while (ok && (errno = 0, entry = readdir(stream)) != NULL) {
        ok = add_entry(arena, directory, entry->d_name, list, err);
    }
    if (ok && errno != 0) {
        ok = error_set(err, ERROR_SYSTEM, "read the directory %s", directory);
    }
    closedir(stream);
    return ok;
}

static int
compare_files(const void *left, const void *right)
{
    const struct schema_file *a = left;
    const struct schema_file *b = right;
    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

static int
compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool
refuse_duplicates(const struct schema_file_list *list, struct error *err)
{
    for (size_t i = 1; i < list->count; i++) {
        if (list->files[i - 1].number == list->files[i].number) {
            error_set(err, ERROR_USAGE, "%s and %s have the same number",
                      list->files[i - 1].name, list->files[i].name);
            return error_hint(err, "give one of them the next number that is free");
        }
    }
    return true;
}

static bool
load_all(struct arena *arena, struct schema_file_list *list, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!load_file(arena, &list->files[i], err)) {
            return false;
        }
    }
    return true;
}

static void
clear_list(struct schema_file_list *list)
{
    *list = (struct schema_file_list){.series = list->series};
}

bool
schema_files_read_directory(struct arena *arena, const char *directory,
                            struct schema_file_list *list, struct error *err)
{
    clear_list(list);
    if (!list_directory(arena, directory, list, err)) {
        return false;
    }
    if (list->count > 0) {
        qsort(list->files, list->count, sizeof *list->files, compare_files);
    }
    if (list->left_out_count > 0) {
        qsort(list->left_out, list->left_out_count, sizeof *list->left_out, compare_names);
    }
    return refuse_duplicates(list, err) && load_all(arena, list, err);
}

bool
schema_files_read_paths(struct arena *arena, const char *const *paths, size_t count,
                        struct schema_file_list *list, struct error *err)
{
    clear_list(list);
    for (size_t i = 0; i < count; i++) {
        const char *path = arena_strdup(arena, paths[i]);
        *ARENA_APPEND(arena, list->files, list->count) = (struct schema_file){
            .number = (int64_t)i + 1, .name = path_base(path), .path = path};
    }
    return load_all(arena, list, err);
}
