/* source_state.c — how a database file looked at one moment; see backup.h. */
#include "sqlite/backup.h"
#include "sqlite/source_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int64_t
modified_ns(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

bool
source_state_read(const char *path, struct source_state *state, struct error *err)
{
    char real[PATH_MAX];
    char wal[PATH_MAX + 16];
    struct stat info;
    struct file_start start;
    if (realpath(path, real) == NULL || stat(real, &info) != 0) {
        return error_set(err, ERROR_SOURCE, "%s: %s", path, strerrordesc_np(errno));
    }
    if (!file_start_read(real, &start)) {
        return error_set(err, ERROR_SOURCE, "%s cannot be read", path);
    }
    *state = (struct source_state){
        .size_bytes = info.st_size,
        .modified_ns = modified_ns(&info),
        .change_counter = big_endian_32(start.bytes + HEADER_CHANGE_COUNTER),
    };
    snprintf(wal, sizeof wal, "%s-wal", real);
    if (stat(wal, &info) == 0 && info.st_size > 0) {
        state->wal_size_bytes = info.st_size;
        state->wal_modified_ns = modified_ns(&info);
    }
    return true;
}

bool
source_state_equal(const struct source_state *a, const struct source_state *b)
{
    return a->size_bytes == b->size_bytes && a->modified_ns == b->modified_ns &&
           a->wal_size_bytes == b->wal_size_bytes && a->wal_modified_ns == b->wal_modified_ns &&
           a->change_counter == b->change_counter;
}
