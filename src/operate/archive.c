/* archive.c — makes an archive: copy, pack, restore, compare, name; see archive.h. */
#include "base/clock.h"
#include "base/own_directory.h"
#include "base/path.h"
#include "operate/archive_internal.h"
#include "operate/archive_name.h"
#include "operate/links.h"
#include "sqlite/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What lies around while an archive is made, and must not stay. */
struct making {
    const struct archive_job *job;
    struct arena *arena;
    struct archive_made *made;
    struct own_directory work;
    const char *copy;    /* in it, of the source */
    const char *test;    /* a directory in it, for the restored files */
    const char *partial; /* of the archive; NULL: not begun, or it has its name */
};

static void
making_close(struct making *making)
{
    if (making->partial != NULL) {
        unlink(making->partial);
        unlink(arena_printf(making->arena, "%s.sha256", making->made->path));
    }
    own_directory_remove(&making->work);
}
#define AUTO_MAKING __attribute__((cleanup(making_close))) struct making

static bool
make_work_directory(struct making *making, struct error *err)
{
    const char *name = path_base(making->job->source_path);
    json_t *utf8 = json_string(making->job->source_path);
    json_decref(utf8);
    if (utf8 == NULL || !archive_file_name_is_plain(name)) {
        error_set(err, ERROR_USAGE, "%s cannot be archived under its name",
                  making->job->source_path);
        return error_hint(err, "a name is UTF-8, at most %d bytes, and not %s",
                          (int)ARCHIVE_FILE_NAME_MAX, ARCHIVE_MANIFEST_NAME);
    }
    if (!own_directory_make(&making->work, making->job->directory, ".outgrow-archive-", err)) {
        return false;
    }
    /* In a directory of its own: the copy has the source's name, which may be any. */
    const char *copied = arena_printf(making->arena, "%s/copied", making->work.path);
    making->copy = arena_printf(making->arena, "%s/%s", copied, name);
    making->test = arena_printf(making->arena, "%s/restored", making->work.path);
    return mkdir(copied, 0700) == 0 ||
           error_set(err, ERROR_SYSTEM, "create directory %s", copied);
}

static bool
copy_source(struct making *making, struct error *err)
{
    AUTO_SOURCE source = {0};
    const char *path = making->job->source_path;
    return source_state_read(path, &making->made->state, err) &&
           source_open(&source, path, err) &&
           (source_backup(&source, making->copy, making->job->progress, err) ||
            source_backup_elsewhere(err, "--archive-directory"));
}

/* *damage: SQLite's words, or NULL. */
static bool
quick_check(struct making *making, const char *path, const char **damage, struct error *err)
{
    AUTO_SOURCE source = {0};
    struct catalog catalog;
    struct check_report report;
    const struct check_request request = {&source, &catalog, CHECK_QUICK,
                                          making->job->progress};
    *damage = NULL;
    if (!source_open(&source, path, err) ||
        !catalog_read(&source, making->arena, &catalog, err) ||
        !source_check(&request, making->arena, &report, err)) {
        return false;
    }
    for (size_t i = 0; i < report.finding_count && *damage == NULL; i++) {
        const struct check_finding *finding = &report.findings[i];
        if (finding->damage) {
            *damage = finding->table == NULL ? finding->message
                                             : arena_printf(making->arena, "table \"%s\": %s",
                                                            finding->table, finding->message);
        }
    }
    return true;
}

static bool
check_copy(struct making *making, struct error *err)
{
    const char **damage = &making->made->manifest.damage;
    if (!quick_check(making, making->copy, damage, err)) {
        return error_wrap(err, "check %s", making->job->source_path);
    }
    if (*damage == NULL || making->job->damaged_ok) {
        return true;
    }
    error_set(err, ERROR_SOURCE, "%s is damaged: %s", making->job->source_path, *damage);
    return error_hint(err, "--damaged-ok archives it as it is");
}

static bool
fill_manifest(struct making *making, struct error *err)
{
    const struct archive_job *job = making->job;
    struct archive_manifest *manifest = &making->made->manifest;
    struct paths links;
    char *stamp = arena_alloc(making->arena, CLOCK_STAMP_SIZE);
    clock_stamp_iso(stamp);
    manifest->program = job->program;
    manifest->created_at = stamp;
    manifest->run = job->run;
    struct archive_file *file = ARENA_APPEND(making->arena, manifest->files,
                                             manifest->file_count);
    if (!links_find(job->given_path, job->source_path, job->links_under, making->arena, &links,
                    err)) {
        return false;
    }
    file->name = path_base(making->copy);
    file->original_path = job->source_path;
    file->links = links.items;
    file->link_count = links.count;
    return digest_file(making->copy, file->sha256, &file->size_bytes, err);
}

static bool
pack_copy(struct making *making, struct error *err)
{
    const char *partial = NULL;
    const char *copied = arena_printf(making->arena, "%s/copied", making->work.path);
    if (!archive_name_reserve(making->arena, making->job->directory, making->job->source_path,
                              &making->made->path, &partial, err)) {
        return false;
    }
    making->partial = partial;
    bool packed = archive_pack(partial, &making->made->manifest, copied, making->made,
                               making->job->progress, err);
    unlink(making->copy); /* makes room for the restored one */
    return packed;
}

/* What was packed is what can be read again, and SQLite agrees. */
static bool
test_archive(struct making *making, struct error *err)
{
    struct archive_manifest read = {0};
    const char *damage = NULL;
    const char *restored = arena_printf(making->arena, "%s/%s", making->test,
                                        path_base(making->copy));
    const struct archive_file *packed = &making->made->manifest.files[0];
    if (!archive_restore(making->partial, making->test, making->job->progress, making->arena,
                         &read, err) ||
        !quick_check(making, restored, &damage, err)) {
        return error_wrap(err, "test the new archive");
    }
    if (read.file_count != 1 || strcmp(read.files[0].sha256, packed->sha256) != 0 ||
        (damage == NULL) != (making->made->manifest.damage == NULL)) {
        return error_set(err, ERROR_INTERNAL,
                         "the new archive does not give back what was put into it");
    }
    return true;
}

static bool
write_whole(const char *path, const char *words, struct error *err)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return error_set(err, ERROR_SYSTEM, "create %s", path);
    }
    size_t length = strlen(words);
    bool written = write(descriptor, words, length) == (ssize_t)length &&
                   fsync(descriptor) == 0;
    written = written || archive_write_failed(path, err);
    close(descriptor);
    return written;
}

static bool
sync_directory(const char *directory, struct error *err)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    synced = synced || error_set(err, ERROR_SYSTEM, "write directory %s", directory);
    if (descriptor >= 0) {
        close(descriptor);
    }
    return synced;
}

/* The digest first: an archive never lies there without it. */
static bool
give_name(struct making *making, struct error *err)
{
    const struct archive_made *made = making->made;
    const char *words = arena_printf(making->arena, "%s  %s\n", made->sha256,
                                     path_base(made->path));
    if (!write_whole(arena_printf(making->arena, "%s.sha256", made->path), words, err)) {
        return false;
    }
    if (rename(making->partial, made->path) != 0) {
        return error_set(err, ERROR_SYSTEM, "rename %s", making->partial);
    }
    making->partial = NULL;
    return sync_directory(making->job->directory, err);
}

bool
archive_create(const struct archive_job *job, struct arena *arena, struct archive_made *made,
               struct error *err)
{
    *made = (struct archive_made){0};
    AUTO_MAKING making = {.job = job, .arena = arena, .made = made};
    return make_work_directory(&making, err) && copy_source(&making, err) &&
           check_copy(&making, err) && fill_manifest(&making, err) && pack_copy(&making, err) &&
           test_archive(&making, err) && give_name(&making, err);
}
