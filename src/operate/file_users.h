/* file_users.h — which other processes have a file open. */
#ifndef OPERATE_FILE_USERS_H
#define OPERATE_FILE_USERS_H

#include "base/arena.h"

struct file_user {
    long pid;
    const char *name; /* of the program, "" when not known */
};

struct file_users {
    struct file_user *items; /* lives as long as the arena */
    size_t count;
    bool all_seen; /* false: processes of others may have it open, too */
};

/* Looks through /proc for open descriptors of `real` (absolute, resolved), or of
 * the -wal or -journal beside it. Not possible without /proc: then nobody is found
 * and all_seen is false. */
void file_users_find(const char *real, struct arena *arena, struct file_users *users);

/* "python3 (pid 12), node (pid 9) and 2 more". Lives as long as `arena`. */
const char *file_users_words(struct arena *arena, const struct file_users *users);

#endif
