/* server_internal.h — what the files of the private server share. */
#ifndef POSTGRES_SERVER_INTERNAL_H
#define POSTGRES_SERVER_INTERNAL_H

#include "base/text.h"
#include "postgres/private_server.h"

#include <stdint.h>
#include <sys/types.h>

enum { SERVER_GROUPS_MAX = 64, SOCKET_PATH_MAX = 107 /* sun_path, without its NUL */ };

/* Whom the server's processes run as. Looked up before the fork: the look-up is
 * not safe after it in a program with threads. */
struct server_user {
    bool change; /* we are root and become `uid`; else all below is what we are */
    uid_t uid;
    gid_t gid;
    gid_t groups[SERVER_GROUPS_MAX];
    int group_count;
};
MUST_USE bool server_user_find(const struct private_server *server, struct server_user *user,
                               struct error *err);

/* One program run as that user, with a clean environment, in server->directory,
 * its words appended to server->log, no other file open. */
struct server_command {
    const char *const *argv; /* argv[0] is the path; ended by NULL */
    int kept_fd;             /* stays open in the program and its children; -1: none */
};

/* Runs it to its end; ERROR_TARGET "failure: the log's words" unless that is 0. A stop request that
 * comes meanwhile is passed on as SIGTERM and, once the program has ended, ERROR_STOPPED. */
MUST_USE bool server_run_checked(const struct private_server *server,
                                 const struct server_user *user,
                                 const struct server_command *command, const char *failure,
                                 struct error *err);

/* Appends `content` to `path` as that user: root itself writes nothing in a
 * directory where somebody else could put a symbolic link. */
MUST_USE bool server_append(const struct private_server *server, const struct server_user *user,
                            const char *path, const char *content, struct error *err);

/* Makes `path` a directory of that user, closed to others, or of one that is there. ERROR_TARGET:
 * it is somebody else's; ERROR_SYSTEM: or no directory. */
MUST_USE bool server_make_directory(const char *path, const struct server_user *user,
                                    struct error *err);

/* The part of the server's log behind `from` that says best why it failed: the
 * last FATAL, PANIC or error line, else the last line; "" when there is none. */
void server_log_reason(const struct private_server *server, int64_t from, struct text *reason);
int64_t server_log_size(const struct private_server *server);

/* Where the socket of a cluster in `directory` goes: into it, or to /tmp where that is too long a
 * path or one to be quoted. Lives as long as `arena`. */
const char *server_socket_directory(struct arena *arena, const char *directory, uid_t uid);

/* "postgresql:///<database>?host=<socket directory, percent-encoded>&port=5432&user=outgrow". Lives
 * as long as `arena`. */
const char *server_conninfo(struct arena *arena, const char *socket_directory,
                            const char *database);

/* initdb and settings, in data.partial, renamed to data at the end. lock_fd: held
 * by initdb, too, so that nobody meddles when we are killed. */
MUST_USE bool server_cluster_create(const struct private_server *server,
                                    const struct server_user *user, int lock_fd,
                                    struct error *err);

/* The settings written behind initdb's own. memory_bytes: of the machine. */
void server_settings(struct text *conf, const char *socket_directory, uint64_t memory_bytes);

/* Creates the database outgrow in the running server unless it is there. */
MUST_USE bool server_database_ensure(const struct private_server *server, struct error *err);

/* Whether postmaster.pid names a process that is this cluster's server. Not so
 * when the machine was restarted and another process has its number now. */
bool server_has_postmaster(const struct private_server *server);

/* In a postmaster.pid without a postmaster, puts a number that no process can
 * have, so that the server takes it for the leftover that it is. The file stays:
 * through its other lines the server finds children of the old one that still run. */
MUST_USE bool server_disown_pid(const struct private_server *server, struct error *err);

#endif
