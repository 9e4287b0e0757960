/* sources.c — see sources.h. */
#include "survey/sources.h"

#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static void
leave_out(struct arena *arena, struct sources *sources, const char *path, const char *reason)
{
    *ARENA_APPEND(arena, sources->left_out, sources->left_out_count) = (struct left_out_file){
        arena_strdup(arena, path), reason};
}

/* What SQLite keeps beside a file while it is in use. */
static bool
is_companion(const char *path)
{
    static const char *const ends[] = {"-wal", "-shm", "-journal"};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end = strlen(ends[i]);
        if (length > end && strcmp(path + length - end, ends[i]) == 0) {
            AUTO_ARENA memory = {0};
            return access(arena_strndup(&memory, path, length - end), F_OK) == 0;
        }
    }
    return false;
}

/* NULL: it begins as a SQLite file does; else what it is. */
static const char *
sniff(const char *path, const struct stat *status)
{
    static const char magic[16] = "SQLite format 3";
    char begin[sizeof magic];
    if (S_ISDIR(status->st_mode)) {
        return "a directory";
    }
    if (!S_ISREG(status->st_mode)) {
        return "not a regular file";
    }
    if (status->st_size == 0) {
        return "empty (0 bytes)";
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == EACCES ? "cannot be read: permission denied" : "cannot be read";
    }
    ssize_t got = read(file, begin, sizeof begin);
    close(file);
    bool sqlite = got == (ssize_t)sizeof begin && memcmp(begin, magic, sizeof magic) == 0;
    return sqlite ? NULL : "not a SQLite file";
}

static struct source_entry *
find_same(const struct sources *sources, const struct stat *status)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (sources->entries[i].device == status->st_dev &&
            sources->entries[i].inode == status->st_ino) {
            return &sources->entries[i];
        }
    }
    return NULL;
}

static bool
is_known(const struct source_entry *entry, const char *path)
{
    bool known = strcmp(entry->path, path) == 0;
    for (size_t i = 0; i < entry->alias_count && !known; i++) {
        known = strcmp(entry->aliases[i], path) == 0;
    }
    return known;
}

static bool
is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* Of the names that were found, a file's own is better than a link's; one that a person gave
 * stays. */
static void
add_alias(struct arena *arena, struct source_entry *same, const char *path, bool named)
{
    bool better = !same->named && (named || (is_link(same->path) && !is_link(path)));
    const char *alias = better ? same->path : arena_strdup(arena, path);
    if (better) {
        same->path = arena_strdup(arena, path);
    }
    *ARENA_APPEND(arena, same->aliases, same->alias_count) = alias;
}

static bool
add_entry(struct arena *arena, struct sources *sources, const char *path, bool named,
          const struct stat *status, struct error *err)
{
    char *real = NULL;
    struct source_entry *same = find_same(sources, status);
    if (same != NULL) {
        if (!is_known(same, path)) {
            add_alias(arena, same, path, named);
        }
        same->named = same->named || named;
        return true;
    }
    if (!path_real(arena, path, &real, err)) {
        return false;
    }
    *ARENA_APPEND(arena, sources->entries, sources->count) = (struct source_entry){
        .path = arena_strdup(arena, path),
        .real = real,
        .named = named,
        .device = status->st_dev,
        .inode = status->st_ino,
    };
    return true;
}

/* One that was found, or (named) that a person asked for by name. */
static bool
add_file(struct arena *arena, struct sources *sources, const char *path, bool named,
         struct error *err)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        if (named) {
            error_set(err, ERROR_USAGE, "there is no file %s", path);
            return error_hint(err, "check the path; a target is a connection string: "
                                   "postgresql://... or dbname=...");
        }
        leave_out(arena, sources, path,
                  errno == ENOENT ? "a link to nowhere" : "cannot be looked at");
        return true;
    }
    const char *reason = sniff(path, &status);
    if (reason != NULL) {
        leave_out(arena, sources, path, reason);
        return true;
    }
    return add_entry(arena, sources, path, named, &status, err);
}

/* The only operand, and neither a directory nor a pattern: opening it tells what it is. */
static void
add_single(struct arena *arena, struct sources *sources, const char *path)
{
    *ARENA_APPEND(arena, sources->entries, sources->count) = (struct source_entry){
        .name = path_stem(arena, path), .path = path, .real = path};
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Its entries by name, as the file system's order is nobody's choice. */
static bool
list_directory(struct arena *arena, const char *path, const char ***names, size_t *count,
               struct error *err)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return error_set(err, ERROR_SYSTEM, "read the directory %s", path);
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            *ARENA_APPEND(arena, *names, *count) = arena_printf(arena, "%s/%s", path,
                                                                entry->d_name);
        }
    }
    closedir(directory);
    if (*count > 0) {
        qsort(*names, *count, sizeof **names, compare_names);
    }
    return true;
}

static bool
is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool
add_directory(struct arena *arena, struct sources *sources, const char *path, struct error *err)
{
    const char **names = NULL;
    size_t count = 0;
    if (!list_directory(arena, path, &names, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_directory(names[i]) && !is_companion(names[i]) &&
            !add_file(arena, sources, names[i], false, err)) {
            return false;
        }
    }
    return true;
}

static bool
add_pattern(struct arena *arena, struct sources *sources, const char *pattern,
            struct error *err)
{
    glob_t found = {0};
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): operands are read before there are threads */
    int outcome = glob(pattern, 0, NULL, &found);
    bool ok = outcome == 0 || error_set(err, ERROR_SOURCE, "no file matches %s", pattern);
    for (size_t i = 0; ok && i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        ok = is_directory(path) || is_companion(path) ||
             add_file(arena, sources, path, false, err);
    }
    globfree(&found);
    return ok;
}

static bool
is_pattern(const char *operand)
{
    return strpbrk(operand, "*?[") != NULL && access(operand, F_OK) != 0;
}

bool
sources_names_target(const char *operand)
{
    return strstr(operand, "://") != NULL ||
           (strchr(operand, '=') != NULL && access(operand, F_OK) != 0);
}

static bool
add_operand(struct arena *arena, struct sources *sources, const char *operand,
            struct error *err)
{
    size_t length = strlen(operand);
    if (sources_names_target(operand)) { /* which may hold a password: not to be shown */
        error_set(err, ERROR_USAGE, "a connection string stands among the sources");
        return error_hint(err, "there is one target, and it comes last");
    }
    while (length > 1 && operand[length - 1] == '/') {
        length--;
    }
    if (is_directory(operand)) {
        return add_directory(arena, sources, arena_strndup(arena, operand, length), err);
    }
    return is_pattern(operand) ? add_pattern(arena, sources, operand, err)
                               : add_file(arena, sources, operand, true, err);
}

static bool
shares_stem(struct arena *arena, const struct sources *sources, size_t index)
{
    const char *stem = path_stem(arena, sources->entries[index].path);
    for (size_t i = 0; i < sources->count; i++) {
        if (i != index && strcasecmp(stem, path_stem(arena, sources->entries[i].path)) == 0) {
            return true;
        }
    }
    return false;
}

/* "platform/data/app.db" -> "data_app" */
static char *
name_with_directory(struct arena *arena, const struct source_entry *entry)
{
    char *directory = arena_strdup(arena, entry->real);
    *strrchr(directory, '/') = '\0';
    return arena_printf(arena, "%s_%s", path_base(directory), path_stem(arena, entry->path));
}

static bool
name_sources(struct arena *arena, struct sources *sources, struct error *err)
{
    for (size_t i = 0; i < sources->count; i++) {
        struct source_entry *entry = &sources->entries[i];
        char *name = shares_stem(arena, sources, i) ? name_with_directory(arena, entry)
                                                    : path_stem(arena, entry->path);
        for (char *c = name; *c != '\0'; c++) {
            if (*c == '.') {
                *c = '_'; /* in a plan file a dot ends the source's name */
            }
        }
        entry->name = name;
        for (size_t other = 0; other < i; other++) {
            if (strcasecmp(sources->entries[other].name, entry->name) == 0) {
                error_set(err, ERROR_USAGE, "%s and %s would both be called %s",
                          sources->entries[other].path, entry->path, entry->name);
                return error_hint(err, "name them in a plan file, under sources");
            }
        }
    }
    return true;
}

static bool
refuse_nothing(const struct sources *sources, const struct settings *settings,
               struct error *err)
{
    if (sources->left_out_count > 0) {
        return error_set(err, ERROR_SOURCE,
                         "there is no SQLite file among the sources (%s: %s)",
                         sources->left_out[0].path, sources->left_out[0].reason);
    }
    if (settings->argument_count > 0) {
        return error_set(err, ERROR_SOURCE, "there is no SQLite file in the directory %s",
                         settings->arguments[0]);
    }
    error_set(err, ERROR_USAGE, "no source was given");
    return error_hint(err, "name a SQLite file, a directory of them, or a plan file with "
                           "--plan that has sources");
}

/* Those of the plan file, under the names it gives them. */
static bool
add_planned(struct arena *arena, const struct plan_file *file, struct sources *sources,
            struct error *err)
{
    sources->listed = file->source_count > 1;
    for (size_t i = 0; i < file->source_count; i++) {
        const char *path = plan_file_resolve(arena, file, file->sources[i].path.text);
        size_t before = sources->count;
        if (!sources->listed) {
            add_single(arena, sources, path);
        } else if (!add_file(arena, sources, path, true, err)) {
            return false;
        }
        if (sources->count > before) {
            sources->entries[before].name = file->sources[i].name.text;
            sources->entries[before].plan_source = i;
        }
    }
    return true;
}

static bool
is_file_of(struct arena *arena, const struct plan_file *file, size_t index,
           const struct source_entry *entry)
{
    char *real = NULL;
    struct error unimportant;
    const char *path = plan_file_resolve(arena, file, file->sources[index].path.text);
    return path_real(arena, path, &real, &unimportant) && strcmp(real, entry->real) == 0;
}

static bool
is_present(struct arena *arena, const struct plan_file *file, size_t index,
           const struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (is_file_of(arena, file, index, &sources->entries[i])) {
            return true;
        }
    }
    return false;
}

/* The source of the same file; else the one of the same name, unless its own file is among
 * the operands. source_count: none. */
static size_t
find_planned(struct arena *arena, const struct plan_file *file, const struct sources *sources,
             const struct source_entry *entry)
{
    for (size_t i = 0; i < file->source_count; i++) {
        if (is_file_of(arena, file, i, entry)) {
            return i;
        }
    }
    for (size_t i = 0; i < file->source_count; i++) {
        if (strcmp(file->sources[i].name.text, entry->name) == 0 &&
            !is_present(arena, file, i, sources)) {
            return i;
        }
    }
    return file->source_count;
}

/* Which source of the plan file each operand is. What a directory or a pattern brought and
 * the file does not know is left out; what was asked for by name is not. */
static bool
match_planned(struct arena *arena, const struct plan_file *file, struct sources *sources,
              struct error *err)
{
    size_t kept = 0;
    if (file->source_count <= 1) {
        return true;
    }
    for (size_t i = 0; i < sources->count; i++) {
        struct source_entry entry = sources->entries[i];
        size_t index = find_planned(arena, file, sources, &entry);
        if (index < file->source_count) {
            entry.name = file->sources[index].name.text;
            entry.plan_source = index;
            sources->entries[kept++] = entry;
        } else if (entry.named) {
            return error_set(err, ERROR_USAGE, "%s has several sources, and %s is none of them",
                             file->path, entry.path);
        } else {
            leave_out(arena, sources, entry.path, "none of the plan file's sources");
        }
    }
    sources->count = kept;
    return true;
}

/* The operand, which is then none of *count. */
static bool
find_target(const struct settings *settings, size_t *count, struct sources *sources)
{
    const struct plan_file *file = settings->plan_file;
    size_t least = file == NULL ? 2 : 1;
    *count = settings->argument_count;
    if (*count >= least && sources_names_target(settings->arguments[*count - 1])) {
        sources->target = settings->arguments[--*count];
    }
    return sources->target != NULL;
}

static bool
add_operands(struct arena *arena, const struct settings *settings, size_t count,
             struct sources *sources, struct error *err)
{
    sources->listed = count > 1;
    for (size_t i = 0; i < count; i++) {
        sources->listed = sources->listed || is_directory(settings->arguments[i]) ||
                          is_pattern(settings->arguments[i]);
    }
    if (!sources->listed) {
        add_single(arena, sources, settings->arguments[0]);
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_operand(arena, sources, settings->arguments[i], err)) {
            return false;
        }
    }
    return true;
}

bool
sources_find(struct arena *arena, const struct settings *settings, bool with_target,
             struct sources *sources, struct error *err)
{
    const struct plan_file *file = settings->plan_file;
    size_t count = 0;
    *sources = (struct sources){0};
    if (!find_target(settings, &count, sources) && with_target && file != NULL &&
        !plan_file_target(arena, file, &sources->target, err)) {
        return false;
    }
    if (count == 0 && file != NULL && !add_planned(arena, file, sources, err)) {
        return false;
    }
    if (count > 0 && !(add_operands(arena, settings, count, sources, err) &&
                       name_sources(arena, sources, err) &&
                       (file == NULL || match_planned(arena, file, sources, err)))) {
        return false;
    }
    return sources->count > 0 || refuse_nothing(sources, settings, err);
}

const char *
sources_schema(struct arena *arena, const struct settings *settings,
               const struct source_entry *entry)
{
    if (settings->names == NAMES_KEEP) {
        return entry->name;
    }
    char *schema = arena_strdup(arena, entry->name);
    for (char *c = schema; *c != '\0'; c++) {
        bool upper = *c >= 'A' && *c <= 'Z';
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
                     ((unsigned char)*c & 0x80) != 0;
        *c = (char)(upper ? *c - 'A' + 'a' : plain ? *c : '_');
    }
    bool reserved = strncmp(schema, "pg_", 3) == 0 || strcmp(schema, "outgrow") == 0;
    return reserved ? arena_printf(arena, "source_%s", schema) : schema;
}
