/* archive_pack.c — writes a tar file through zstd with libarchive. */
#include "base/path.h"
#include "base/stop.h"
#include "operate/archive_internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An archive that is being written: what libarchive gives goes to the file and
 * into the digest. */
struct packing {
    const char *path;
    struct archive *archive;
    struct archive_entry *entry;
    int descriptor;
    struct digest digest;
    int64_t size_bytes;
    struct progress_item item;
    struct error *err;
};

static void
packing_close(struct packing *packing)
{
    archive_entry_free(packing->entry); /* NULL is fine */
    archive_write_free(packing->archive);
    digest_close(&packing->digest);
    if (packing->descriptor >= 0) {
        close(packing->descriptor);
    }
}
#define AUTO_PACKING __attribute__((cleanup(packing_close))) struct packing

bool
archive_write_failed(const char *path, struct error *err)
{
    int cause = errno;
    error_set(err, ERROR_SYSTEM, "write %s", path);
    return cause == ENOSPC || cause == EDQUOT
               ? error_hint(err, "make room there, or choose another place with "
                                 "--archive-directory")
               : false;
}

/* libarchive's callback. -1: packing->err is filled in. */
static la_ssize_t
write_bytes(struct archive *archive, void *context, const void *bytes, size_t size)
{
    struct packing *packing = context;
    ssize_t written = write(packing->descriptor, bytes, size);
    if (written < 0) {
        archive_set_error(archive, errno, "write");
        archive_write_failed(packing->path, packing->err);
        return -1;
    }
    if (!digest_add(&packing->digest, bytes, (size_t)written, packing->err)) {
        archive_set_error(archive, EIO, "digest");
        return -1;
    }
    packing->size_bytes += written;
    return written;
}

/* Turns libarchive's complaint into the error, unless the callback has. */
static bool
packing_failed(struct packing *packing)
{
    if (packing->err->kind != ERROR_NONE) {
        return false;
    }
    errno = 0;
    const char *words = archive_error_string(packing->archive);
    return error_set(packing->err, ERROR_SYSTEM, "write %s: %s", packing->path,
                     words == NULL ? "libarchive gives no reason" : words);
}

/* BINARY: member names are written as the bytes they are, whatever the locale. */
static bool
packing_start(struct packing *packing)
{
    struct archive *archive = packing->archive = archive_write_new();
    packing->entry = archive_entry_new();
    if (archive == NULL || packing->entry == NULL) {
        return error_set(packing->err, ERROR_INTERNAL, "libarchive cannot be used");
    }
    if (archive_write_add_filter_zstd(archive) != ARCHIVE_OK) {
        return error_set(packing->err, ERROR_SYSTEM, "this libarchive was built without zstd");
    }
    if (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
        archive_write_set_options(archive, "hdrcharset=BINARY") != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK) {
        return packing_failed(packing);
    }
    packing->descriptor = open(packing->path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (packing->descriptor < 0) {
        return error_set(packing->err, ERROR_SYSTEM, "open %s", packing->path);
    }
    return digest_begin(&packing->digest, packing->err) &&
           (archive_write_open2(archive, packing, NULL, write_bytes, NULL, NULL) ==
                ARCHIVE_OK ||
            packing_failed(packing));
}

static bool
begin_member(struct packing *packing, const char *name, int64_t size_bytes)
{
    struct archive_entry *entry = archive_entry_clear(packing->entry);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, size_bytes);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_mtime(entry, time(NULL), 0);
    return archive_write_header(packing->archive, entry) == ARCHIVE_OK ||
           packing_failed(packing);
}

static bool
add_bytes(struct packing *packing, const void *bytes, size_t size)
{
    return archive_write_data(packing->archive, bytes, size) == (la_ssize_t)size ||
           packing_failed(packing);
}

static bool
add_manifest(struct packing *packing, const struct archive_manifest *manifest)
{
    json_t *json = archive_manifest_to_json(manifest);
    char *text = json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    if (text == NULL) {
        return error_set(packing->err, ERROR_INTERNAL, "the manifest cannot be written");
    }
    size_t length = strlen(text);
    text[length] = '\n'; /* takes the place of the NUL */
    bool added = begin_member(packing, ARCHIVE_MANIFEST_NAME, (int64_t)length + 1) &&
                 add_bytes(packing, text, length + 1);
    free(text);
    return added;
}

static bool
add_content(struct packing *packing, int file, const char *path)
{
    AUTO_ARENA memory = {0};
    char *buffer = arena_alloc(&memory, PACK_BUFFER_SIZE);
    for (;;) {
        ssize_t got = read(file, buffer, PACK_BUFFER_SIZE);
        if (got < 0) {
            return error_set(packing->err, ERROR_SYSTEM, "read %s", path);
        }
        if (got == 0) {
            return true;
        }
        if (!add_bytes(packing, buffer, (size_t)got) || !stop_check(packing->err)) {
            return false;
        }
        progress_item_add(&packing->item, (uint64_t)got);
    }
}

static bool
add_file(struct packing *packing, const struct archive_file *file, const char *from)
{
    AUTO_ARENA memory = {0};
    const char *path = arena_printf(&memory, "%s/%s", from, file->name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return error_set(packing->err, ERROR_SYSTEM, "open %s", path);
    }
    bool added = begin_member(packing, file->name, file->size_bytes) &&
                 add_content(packing, descriptor, path);
    close(descriptor);
    return added;
}

static bool
pack(struct packing *packing, const struct archive_manifest *manifest, const char *from)
{
    if (!packing_start(packing) || !add_manifest(packing, manifest)) {
        return false;
    }
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (!add_file(packing, &manifest->files[i], from)) {
            return false;
        }
    }
    if (archive_write_close(packing->archive) != ARCHIVE_OK) {
        return packing_failed(packing);
    }
    return fsync(packing->descriptor) == 0 || archive_write_failed(packing->path, packing->err);
}

bool
archive_pack(const char *path, const struct archive_manifest *manifest, const char *from,
             struct archive_made *made, struct progress *progress, struct error *err)
{
    struct error failure = {0};
    AUTO_PACKING packing = {.path = path, .descriptor = -1, .err = &failure};
    packing.item.name = path_base(manifest->files[0].original_path);
    for (size_t i = 0; i < manifest->file_count; i++) {
        packing.item.units_total += (uint64_t)manifest->files[i].size_bytes;
    }
    progress_begin(progress, "archive", "bytes", &packing.item, 1);
    progress_item_set(&packing.item, PROGRESS_RUNNING);
    bool packed = pack(&packing, manifest, from);
    progress_item_set(&packing.item, packed ? PROGRESS_DONE : PROGRESS_FAILED);
    progress_end(progress);
    if (!packed) {
        *err = failure;
        return false;
    }
    made->size_bytes = packing.size_bytes;
    return digest_end(&packing.digest, made->sha256, err);
}
