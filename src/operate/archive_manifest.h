/* archive_manifest.h — what an archive says about itself: its first member. */
#ifndef OPERATE_ARCHIVE_MANIFEST_H
#define OPERATE_ARCHIVE_MANIFEST_H

#include "base/arena.h"
#include "operate/digest.h"

#include <jansson.h>

#define ARCHIVE_MANIFEST_NAME "manifest.json"

enum { ARCHIVE_MANIFEST_SIZE_MAX = 16 * 1024 * 1024, ARCHIVE_FILE_NAME_MAX = 240 };

struct archive_file {
    const char *name; /* of the member; a plain file name */
    int64_t size_bytes;
    char sha256[DIGEST_HEX_SIZE];
    const char *original_path; /* absolute, symbolic links resolved */
    const char **links;        /* symbolic links that led to it */
    size_t link_count;
};

/* The migration of the source, as it stood when the archive was made. */
struct archive_run {
    int64_t id; /* 0: none is known; the rest is then meaningless */
    const char *target;
    const char *state;       /* run_state_name */
    int exit_code;           /* -1: not over */
    const char *finished_at; /* NULL: not over */
    int64_t differences;     /* that its last verification found */
};

struct archive_manifest {
    const char *program;    /* "0.1.0" */
    const char *created_at; /* ISO, UTC */
    const char *damage;     /* what quick_check found in the database; NULL: sound */
    struct archive_run run;
    struct archive_file *files;
    size_t file_count;
};

/* New reference. */
json_t *archive_manifest_to_json(const struct archive_manifest *manifest);

/* From the text of the member; strings live as long as `arena`. ERROR_SOURCE when
 * it is no manifest of ours, is of a newer kind, or names a file that must not be
 * written (a name with a slash, "..", twice the same). */
MUST_USE bool archive_manifest_parse(const char *text, size_t size, struct arena *arena,
                                     struct archive_manifest *manifest, struct error *err);

/* Whether a member may have this name: then it cannot lead out of a directory. */
bool archive_file_name_is_plain(const char *name);

/* NULL when there is none of that name. */
const struct archive_file *archive_manifest_find(const struct archive_manifest *manifest,
                                                 const char *name);

#endif
