/* server_locate.c — where the private server is or would be, and whose it is. */
#include "base/path.h"
#include "postgres/server_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSWD_BUFFER_SIZE = 16384 };

static const char debian_root[] = "/usr/lib/postgresql";

static bool
has_initdb(struct arena *arena, const char *directory)
{
    return access(arena_printf(arena, "%s/initdb", directory), X_OK) == 0;
}

/* The major version that made the cluster, NULL without one: only the same
 * version's binaries can run it. */
static const char *
cluster_version(struct arena *arena, const char *data)
{
    char version[16] = "";
    int fd = open(arena_printf(arena, "%s/PG_VERSION", data), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    ssize_t got = read(fd, version, sizeof version - 1);
    close(fd);
    version[got < 0 ? 0 : got] = '\0';
    version[strcspn(version, "\n")] = '\0';
    return arena_strdup(arena, version);
}

static const char *
newest_debian(struct arena *arena)
{
    long newest = 0;
    const char *found = NULL;
    DIR *directory = opendir(debian_root);
    if (directory == NULL) {
        return NULL;
    }
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        long version = strtol(entry->d_name, NULL, 10);
        const char *bin = arena_printf(arena, "%s/%s/bin", debian_root, entry->d_name);
        if (version > newest && has_initdb(arena, bin)) {
            newest = version;
            found = bin;
        }
    }
    closedir(directory);
    return found;
}

static const char *
first_in_path(struct arena *arena)
{
    const char *path = getenv("PATH");
    char *copy = arena_strdup(arena, path == NULL ? "" : path);
    char *rest = NULL;
    for (char *part = strtok_r(copy, ":", &rest); part; part = strtok_r(NULL, ":", &rest)) {
        if (part[0] == '/' && has_initdb(arena, part)) {
            return part;
        }
    }
    return NULL;
}

static const char *
find_binaries(struct arena *arena, const char *data)
{
    const char *given = getenv("OUTGROW_PG_BIN");
    if (given != NULL && given[0] != '\0') {
        char *real = realpath(given, NULL); /* its programs run in another directory */
        const char *found = real != NULL && has_initdb(arena, real) ? arena_strdup(arena, real)
                                                                    : NULL;
        free(real);
        return found;
    }
    const char *version = cluster_version(arena, data);
    if (version != NULL) {
        const char *same = arena_printf(arena, "%s/%s/bin", debian_root, version);
        if (has_initdb(arena, same)) {
            return same;
        }
    }
    const char *newest = newest_debian(arena);
    return newest != NULL ? newest : first_in_path(arena);
}

static bool
user_exists(struct arena *arena, const char *name)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char *buffer = arena_alloc(arena, PASSWD_BUFFER_SIZE);
    return getpwnam_r(name, &entry, buffer, PASSWD_BUFFER_SIZE, &found) == 0 && found != NULL;
}

/* A directory that is there already decides: its owner runs the server. */
static const char *
owner_of(struct arena *arena, const char *directory)
{
    struct stat info;
    struct passwd entry;
    struct passwd *found = NULL;
    char *buffer = arena_alloc(arena, PASSWD_BUFFER_SIZE);
    if (lstat(directory, &info) != 0 || info.st_uid == 0 ||
        getpwuid_r(info.st_uid, &entry, buffer, PASSWD_BUFFER_SIZE, &found) != 0 ||
        found == NULL) {
        return NULL;
    }
    return found->pw_name;
}

static const char *
choose_user(struct arena *arena, const char *directory)
{
    if (geteuid() != 0) {
        return NULL;
    }
    const char *owner = owner_of(arena, directory);
    if (owner != NULL) {
        return owner;
    }
    return user_exists(arena, "postgres") ? "postgres" : "nobody";
}

bool
private_server_locate(struct arena *arena, struct private_server *server, struct error *err)
{
    struct server_user user;
    *server = (struct private_server){0};
    server->directory = arena_printf(arena, "%s/pg", path_data_home(arena));
    server->data = arena_printf(arena, "%s/data", server->directory);
    server->log = arena_printf(arena, "%s/server.log", server->directory);
    server->binaries = find_binaries(arena, server->data);
    server->run_as = choose_user(arena, server->directory);
    if (!server_user_find(server, &user, err)) {
        return false;
    }
    server->socket_directory = server_socket_directory(arena, server->directory, user.uid);
    server->conninfo = server_conninfo(arena, server->socket_directory, "outgrow");
    return true;
}
