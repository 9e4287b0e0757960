/* archive.h — a dated, compressed, tested copy of a SQLite file.
 *
 * An archive is a tar file through zstd (any tar reads it: tar --zstd -xf). Its
 * first member is the manifest (archive_manifest.h), the rest are the files that it
 * names. Beside it lies FILE.sha256, as sha256sum -c reads it. Nothing is printed. */
#ifndef OPERATE_ARCHIVE_H
#define OPERATE_ARCHIVE_H

#include "base/progress.h"
#include "operate/archive_manifest.h"
#include "operate/paths.h"
#include "sqlite/backup.h"

struct archive_job {
    const char *given_path;  /* the source as the person named it: may be a link */
    const char *source_path; /* real path */
    const char *directory;   /* exists; real path */
    const char *links_under; /* NULL, or where to look for more links to the source */
    const char *program;     /* this program's version */
    struct archive_run run;
    bool damaged_ok; /* archive a damaged file as it is */
    struct progress *progress;
};

struct archive_made {
    const char *path;
    int64_t size_bytes;
    char sha256[DIGEST_HEX_SIZE]; /* of the archive */
    struct source_state state;    /* of the source, just before it was read */
    struct archive_manifest manifest;
};

/* Copies the source as it is at one moment (it may be in use), packs the copy,
 * restores the archive into a temporary directory, compares every digest and lets
 * SQLite check the restored database. Only then does the archive get its name: a
 * file NAME.tar.zst is always whole and tested. Strings live as long as `arena`.
 *
 * Takes, for a while, twice the size of the source in `directory`.
 * ERROR_SOURCE (also for a damaged file, unless damaged_ok), ERROR_SYSTEM (no space
 * left: says where), ERROR_STOPPED; nothing is left behind then. */
MUST_USE bool archive_create(const struct archive_job *job, struct arena *arena,
                             struct archive_made *made, struct error *err);

/* Restores the files of an archive into `directory`, which is made when it is not
 * there. Checks FILE.sha256 when it lies beside the archive, and every digest of the
 * manifest while it reads. Files get their names only when all of them are right.
 * Never writes anywhere else and never over a file (ERROR_USAGE when one is there).
 * ERROR_SOURCE when the archive is damaged or not ours, ERROR_SYSTEM, ERROR_STOPPED;
 * no file is left behind then. */
MUST_USE bool archive_restore(const char *path, const char *directory,
                              struct progress *progress, struct arena *arena,
                              struct archive_manifest *manifest, struct error *err);

/* Reads the manifest, which costs next to nothing. ERROR_SOURCE, ERROR_SYSTEM. */
MUST_USE bool archive_manifest_read(const char *path, struct arena *arena,
                                    struct archive_manifest *manifest, struct error *err);

/* How long the archives of one source are kept. Which are its own, both their names and their
 * manifests say. */
struct archive_retention {
    const char *directory;
    const char *source_path; /* real path */
    int64_t keep_seconds;    /* by the time in the name; older ones expire */
};

/* The archives that have expired, but for the newest of all where newest_stays. Removes nothing.
 * Strings live as long as `arena`. ERROR_SYSTEM when the directory cannot be read. */
MUST_USE bool archive_expired(const struct archive_retention *retention, bool newest_stays,
                              struct arena *arena, struct paths *expired, struct error *err);

/* Removes those that have expired, with their .sha256; the newest one always stays.
 * removed: their paths, which live as long as `arena`. ERROR_SYSTEM. */
MUST_USE bool archive_keep(const struct archive_retention *retention, struct arena *arena,
                           struct paths *removed, struct error *err);

/* The newest archive of `source_path` in `directory`; *path is NULL when there is none, and
 * lives as long as `arena`. ERROR_SYSTEM when the directory cannot be read. */
MUST_USE bool archive_newest(const char *directory, const char *source_path,
                             struct arena *arena, const char **path, struct error *err);

#endif
