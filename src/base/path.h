/* path.h — file names, and where this program keeps its own files. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/arena.h"

/* The part behind the last slash. Borrowed from `path`. */
const char *path_base(const char *path);

/* The base name without its last extension: "/a/app.db" -> "app". */
char *path_stem(struct arena *arena, const char *path);

/* ERROR_USAGE: it is not UTF-8, and so cannot be kept in a database or a plan file. */
MUST_USE bool path_check_text(const char *path, struct error *err);

/* Absolute, symlinks resolved. ERROR_SYSTEM when it does not exist; path_check_text's. */
MUST_USE bool path_real(struct arena *arena, const char *path, char **real, struct error *err);

/* Where this program keeps data for this user: $XDG_DATA_HOME/outgrow, else
 * ~/.local/share/outgrow; for root, /var/lib/outgrow, because the private
 * server runs as another user there, who cannot enter /root. Not created. */
char *path_data_home(struct arena *arena);

/* Creates the directory and its parents (mode 0755 & ~umask for parents,
 * `mode` for the last). Fine when it is there already. */
MUST_USE bool path_make_directories(const char *path, unsigned mode, struct error *err);

/* Bytes free to this user on the file system that holds `path`. */
MUST_USE bool path_free_bytes(const char *path, unsigned long long *bytes, struct error *err);

#endif
