/* sources.h — which SQLite files the operands of a command mean, and which PostgreSQL.
 *
 * An operand may be a file, a directory (the files right in it) or a pattern with * ? [ ].
 * A file that is reached by several names is one source. */
#ifndef SURVEY_SOURCES_H
#define SURVEY_SOURCES_H

#include "settings/settings.h"

/* One SQLite file. */
struct source_entry {
    const char *name;     /* made of the file's: "registry"; no two are equal, case ignored */
    const char *path;     /* as first found */
    const char *real;     /* symlinks resolved */
    const char **aliases; /* other names of the same file */
    size_t alias_count;
    size_t plan_source; /* in the plan file's sources, where there is one */
    bool named;         /* by an operand of its own, not found in a directory */
    uint64_t device;
    uint64_t inode;
};

/* A file that is no source. */
struct left_out_file {
    const char *path;
    const char *reason; /* "empty (0 bytes)", "not a SQLite file", ... */
};

struct sources {
    struct source_entry *entries; /* in the order they were found; a directory's by name */
    size_t count;
    struct left_out_file *left_out;
    size_t left_out_count;
    const char *target; /* the operand that names it; NULL: none */
    bool listed;        /* the operands say more than one file: another file is left out, where
                           a single one that is no SQLite file is an error */
};

/* The last of several operands (with a plan file: also a single one) is the target when it
 * holds "://" or "=" and is no file. Without other operands the plan file's sources are meant,
 * under their names there; else each operand is the one of the same file, or of the same
 * name; others that a directory or a pattern brings are left out.
 * with_target: a plan file's target is read as well, where no operand names one.
 * ERROR_SOURCE when there is no source among them; ERROR_SYSTEM. Lives as long as `arena`. */
MUST_USE bool sources_find(struct arena *arena, const struct settings *settings,
                           bool with_target, struct sources *sources, struct error *err);

/* A schema's name made of a source's: lower case, "_" for all but letters and digits, unless
 * --names keep. */
const char *sources_schema(struct arena *arena, const struct settings *settings,
                           const struct source_entry *entry);

#endif
