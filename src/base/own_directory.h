/* own_directory.h — a directory for what a process needs for a while, which does not outlive it
 * for long.
 *
 * It holds a file "lock", locked as long as the process lives. So the next one that makes such a
 * directory in the same place can tell what a kill left behind from what is in use, and removes
 * it. */
#ifndef BASE_OWN_DIRECTORY_H
#define BASE_OWN_DIRECTORY_H

#include "base/error.h"

#include <limits.h>

struct own_directory {
    char path[PATH_MAX - 64]; /* "": none; so that names in it fit PATH_MAX */
    int lock;                 /* descriptor; meaningful with a path */
};

/* Makes PARENT/PREFIXxxxxxx for this user alone, after removing abandoned ones of this prefix.
 * ERROR_SYSTEM, with errno. */
MUST_USE bool own_directory_make(struct own_directory *directory, const char *parent,
                                 const char *prefix, struct error *err);

/* Removes it with all that is in it. Fine on the zero value. */
void own_directory_remove(struct own_directory *directory);
#define AUTO_OWN_DIRECTORY __attribute__((cleanup(own_directory_remove))) struct own_directory

#endif
