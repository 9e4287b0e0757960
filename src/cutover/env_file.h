/* env_file.h — the application's .env file, told where its database is now.
 *
 * Only the values change: comments, order, blank lines, `export`, the way a value is quoted, line
 * ends, mode and owner stay. A value may be a password, so none is ever shown. */
#ifndef CUTOVER_ENV_FILE_H
#define CUTOVER_ENV_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

struct env_setting {
    const char *name;
    const char *value;
};
struct env_settings {
    struct env_setting *items;
    size_t count;
};

/* "NAME=VALUE,NAME=$VARIABLE,NAME=@FILE": a value that starts with $ is that variable's of our own
 * environment, one with @ the first line of that file; so that secrets need not stand on the
 * command line. "\," is a comma. Adds to the settings; a name twice: the later one counts. Lives as
 * long as `arena`.
 * ERROR_USAGE, ERROR_SYSTEM: without any value. */
MUST_USE bool env_settings_parse(struct arena *arena, const char *list,
                                 struct env_settings *settings, struct error *err);

/* The text with new values; names that are not there come to its end. Every active definition of a
 * name is changed (readers differ in which one counts). ERROR_USAGE: a value with a line end. */
MUST_USE bool env_text_rewrite(const char *old, size_t length,
                               const struct env_settings *settings, struct text *out,
                               struct error *err);

/* Rewrites the file in one rename, with fsync. backup: the name of a copy of what it was (mode and
 * owner of the file), NULL when nothing had to change; lives as long as `arena`. A symbolic
 * link stays one. ERROR_SYSTEM; ERROR_USAGE: not a regular file. */
MUST_USE bool env_file_rewrite(const char *path, const struct env_settings *settings,
                               struct arena *arena, const char **backup, struct error *err);

/* Whether it could be rewritten now: makes the new file beside it, and takes it away again.
 * ERROR_SYSTEM; ERROR_USAGE: also where it is mounted as a single file. */
MUST_USE bool env_file_check(const char *path, const struct env_settings *settings,
                             struct error *err);

#endif
