/* archive_restore.c — reads an archive with libarchive, and trusts nothing in it. */
#include "base/path.h"
#include "base/stop.h"
#include "base/text.h"
#include "operate/archive_internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An archive that is being read; its files get their names at the end. */
struct restoring {
    const char *path;
    const char *directory;
    int directory_fd; /* -1: not open */
    struct archive *archive;
    struct arena *arena;
    struct archive_manifest *manifest;
    bool *written; /* of each file of the manifest: its .partial is there */
    struct progress_item item;
};

static const char *
partial_name(struct arena *arena, const struct archive_file *file)
{
    return arena_printf(arena, "%s.partial", file->name);
}

static void
restoring_close(struct restoring *restoring)
{
    for (size_t i = 0; restoring->written != NULL && i < restoring->manifest->file_count; i++) {
        if (restoring->written[i]) {
            unlinkat(restoring->directory_fd,
                     partial_name(restoring->arena, &restoring->manifest->files[i]), 0);
        }
    }
    archive_read_free(restoring->archive); /* NULL is fine */
    if (restoring->directory_fd >= 0) {
        close(restoring->directory_fd);
    }
}
#define AUTO_RESTORING __attribute__((cleanup(restoring_close))) struct restoring

static bool
damaged(const struct restoring *restoring, struct error *err, const char *words)
{
    error_set(err, ERROR_SOURCE, "%s is damaged: %s", restoring->path, words);
    return error_hint(err, "take another archive");
}

static bool
reading_failed(const struct restoring *restoring, struct error *err)
{
    const char *words = archive_error_string(restoring->archive);
    return damaged(restoring, err, words == NULL ? "it cannot be read" : words);
}

static bool
start_reading(struct restoring *restoring, struct error *err)
{
    struct archive *archive = restoring->archive = archive_read_new();
    if (archive == NULL || archive_read_support_filter_zstd(archive) != ARCHIVE_OK ||
        archive_read_support_format_tar(archive) != ARCHIVE_OK) {
        return error_set(err, ERROR_INTERNAL, "this libarchive cannot read tar and zstd");
    }
    if (access(restoring->path, R_OK) != 0) {
        return error_set(err, ERROR_SYSTEM, "open %s", restoring->path);
    }
    return archive_read_open_filename(archive, restoring->path, PACK_BUFFER_SIZE) ==
               ARCHIVE_OK ||
           reading_failed(restoring, err);
}

/* *name: NULL at the end of the archive. */
static bool
next_member(struct restoring *restoring, const char **name, struct error *err)
{
    struct archive_entry *entry = NULL;
    int code = archive_read_next_header(restoring->archive, &entry);
    *name = NULL;
    if (code == ARCHIVE_EOF) {
        return true;
    }
    if (code != ARCHIVE_OK) {
        return reading_failed(restoring, err);
    }
    const char *path = archive_entry_pathname(entry);
    if (path == NULL || archive_entry_filetype(entry) != AE_IFREG ||
        archive_entry_hardlink(entry) != NULL) {
        return damaged(restoring, err, "it holds something that is no plain file");
    }
    *name = arena_strdup(restoring->arena, path);
    return true;
}

static bool
read_manifest(struct restoring *restoring, struct error *err)
{
    const char *name = NULL;
    if (!next_member(restoring, &name, err)) {
        return false;
    }
    if (name == NULL || strcmp(name, ARCHIVE_MANIFEST_NAME) != 0) {
        error_set(err, ERROR_SOURCE, "%s is not an archive made by outgrow", restoring->path);
        return error_hint(err, "its first member would be " ARCHIVE_MANIFEST_NAME);
    }
    AUTO_TEXT text = {0};
    for (;;) {
        text_reserve(&text, PACK_BUFFER_SIZE);
        la_ssize_t got = archive_read_data(restoring->archive, text.bytes + text.length,
                                           PACK_BUFFER_SIZE);
        if (got < 0) {
            return reading_failed(restoring, err);
        }
        text.length += (size_t)got;
        if (got == 0) {
            break;
        }
        if (text.length > ARCHIVE_MANIFEST_SIZE_MAX) {
            return damaged(restoring, err, "its manifest is too large");
        }
    }
    return archive_manifest_parse(text_string(&text), text.length, restoring->arena,
                                  restoring->manifest, err) ||
           error_wrap(err, "%s", restoring->path);
}

/* A disk that is nearly full takes a part first, and only then says why. */
static bool
write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0) {
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* The content of the member, no more than the manifest promises. */
static bool
copy_member(struct restoring *restoring, const struct archive_file *file, int descriptor,
            struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_DIGEST digest = {0};
    char hex[DIGEST_HEX_SIZE];
    char *buffer = arena_alloc(&memory, PACK_BUFFER_SIZE);
    int64_t size_bytes = 0;
    la_ssize_t got;
    if (!digest_begin(&digest, err)) {
        return false;
    }
    while ((got = archive_read_data(restoring->archive, buffer, PACK_BUFFER_SIZE)) > 0) {
        size_bytes += got;
        if (size_bytes > file->size_bytes) {
            return damaged(restoring, err, "a file in it is longer than its manifest says");
        }
        if (!write_all(descriptor, buffer, (size_t)got)) {
            return error_set(err, ERROR_SYSTEM, "write %s/%s", restoring->directory,
                             file->name);
        }
        if (!digest_add(&digest, buffer, (size_t)got, err) || !stop_check(err)) {
            return false;
        }
        progress_item_add(&restoring->item, (uint64_t)got);
    }
    if (got < 0) {
        return reading_failed(restoring, err);
    }
    if (!digest_end(&digest, hex, err)) {
        return false;
    }
    return (size_bytes == file->size_bytes && strcmp(hex, file->sha256) == 0) ||
           damaged(restoring, err, "the SHA-256 of a file in it is not what its manifest says");
}

static bool
extract(struct restoring *restoring, const struct archive_file *file, struct error *err)
{
    size_t index = (size_t)(file - restoring->manifest->files);
    const char *partial = partial_name(restoring->arena, file);
    if (restoring->written[index]) {
        return damaged(restoring, err, "it holds a file twice");
    }
    int descriptor = openat(restoring->directory_fd, partial,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return error_set(err, ERROR_SYSTEM, "create %s/%s", restoring->directory, partial);
    }
    restoring->written[index] = true;
    bool copied = copy_member(restoring, file, descriptor, err);
    if (copied && fsync(descriptor) != 0) {
        copied = error_set(err, ERROR_SYSTEM, "write %s/%s", restoring->directory, partial);
    }
    close(descriptor);
    return copied;
}

/* A -wal or -journal that lies there would be taken for one of the restored file. */
static bool
check_nothing_in_the_way(struct restoring *restoring, struct error *err)
{
    static const char *const suffixes[] = {"", "-wal", "-journal", "-shm"};
    const struct archive_manifest *manifest = restoring->manifest;
    for (size_t i = 0; i < manifest->file_count; i++) {
        for (size_t j = 0; j < sizeof suffixes / sizeof suffixes[0]; j++) {
            struct stat info;
            const char *name = arena_printf(restoring->arena, "%s%s", manifest->files[i].name,
                                            suffixes[j]);
            if (fstatat(restoring->directory_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
                error_set(err, ERROR_USAGE, "%s/%s is there already", restoring->directory,
                          name);
                return error_hint(err, "nothing is ever overwritten: restore into another "
                                       "directory");
            }
        }
    }
    return true;
}

static bool
open_directory(struct restoring *restoring, struct error *err)
{
    if (!path_make_directories(restoring->directory, 0700, err)) {
        return false;
    }
    restoring->directory_fd = open(restoring->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return restoring->directory_fd >= 0 ||
           error_set(err, ERROR_SYSTEM, "open directory %s", restoring->directory);
}

/* Never over another file. Not every file system can do that in one call. */
static bool
give_name(struct restoring *restoring, const struct archive_file *file, struct error *err)
{
    int directory = restoring->directory_fd;
    const char *partial = partial_name(restoring->arena, file);
    bool named = renameat2(directory, partial, directory, file->name, RENAME_NOREPLACE) == 0;
    if (!named && errno == EINVAL) {
        named = linkat(directory, partial, directory, file->name, 0) == 0 &&
                unlinkat(directory, partial, 0) == 0;
    }
    return named ||
           error_set(err, ERROR_SYSTEM, "name %s/%s", restoring->directory, file->name);
}

static bool
give_names(struct restoring *restoring, struct error *err)
{
    const struct archive_manifest *manifest = restoring->manifest;
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (!restoring->written[i]) {
            return damaged(restoring, err, "a file that its manifest names is missing");
        }
    }
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (!give_name(restoring, &manifest->files[i], err)) {
            return false;
        }
        restoring->written[i] = false;
    }
    return fsync(restoring->directory_fd) == 0 ||
           error_set(err, ERROR_SYSTEM, "write directory %s", restoring->directory);
}

static bool
extract_all(struct restoring *restoring, struct error *err)
{
    const struct archive_manifest *manifest = restoring->manifest;
    restoring->written = arena_alloc(restoring->arena,
                                     manifest->file_count * sizeof *restoring->written);
    for (;;) {
        const char *name = NULL;
        if (!next_member(restoring, &name, err)) {
            return false;
        }
        if (name == NULL) {
            return give_names(restoring, err);
        }
        const struct archive_file *file = archive_manifest_find(manifest, name);
        if (file == NULL) {
            return damaged(restoring, err, "it holds a file that its manifest does not name");
        }
        if (!extract(restoring, file, err)) {
            return false;
        }
    }
}

/* FILE.sha256, when it lies there. */
static bool
check_whole(const struct restoring *restoring, struct error *err)
{
    AUTO_ARENA memory = {0};
    char written[DIGEST_HEX_SIZE] = "";
    char found[DIGEST_HEX_SIZE];
    int64_t size_bytes = 0;
    const char *beside = arena_printf(&memory, "%s.sha256", restoring->path);
    int descriptor = open(beside, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return errno == ENOENT || error_set(err, ERROR_SYSTEM, "open %s", beside);
    }
    ssize_t got = read(descriptor, written, DIGEST_HEX_SIZE - 1);
    close(descriptor);
    if (!digest_file(restoring->path, found, &size_bytes, err)) {
        return false;
    }
    return (got == DIGEST_HEX_SIZE - 1 && strcmp(written, found) == 0) ||
           damaged(restoring, err, "its SHA-256 is not the one in the .sha256 file beside it");
}

static bool
restore(struct restoring *restoring, struct error *err)
{
    for (size_t i = 0; i < restoring->manifest->file_count; i++) {
        restoring->item.units_total += (uint64_t)restoring->manifest->files[i].size_bytes;
    }
    return open_directory(restoring, err) && check_nothing_in_the_way(restoring, err) &&
           extract_all(restoring, err);
}

bool
archive_restore(const char *path, const char *directory, struct progress *progress,
                struct arena *arena, struct archive_manifest *manifest, struct error *err)
{
    AUTO_RESTORING restoring = {
        .path = path,
        .directory = directory,
        .directory_fd = -1,
        .arena = arena,
        .manifest = manifest,
        .item.name = path_base(path),
    };
    if (!start_reading(&restoring, err) || !check_whole(&restoring, err) ||
        !read_manifest(&restoring, err)) {
        return false;
    }
    progress_begin(progress, "restore", "bytes", &restoring.item, 1);
    progress_item_set(&restoring.item, PROGRESS_RUNNING);
    bool restored = restore(&restoring, err);
    progress_item_set(&restoring.item, restored ? PROGRESS_DONE : PROGRESS_FAILED);
    progress_end(progress);
    return restored;
}

bool
archive_manifest_read(const char *path, struct arena *arena, struct archive_manifest *manifest,
                      struct error *err)
{
    AUTO_RESTORING restoring = {
        .path = path, .directory_fd = -1, .arena = arena, .manifest = manifest};
    return start_reading(&restoring, err) && read_manifest(&restoring, err);
}
