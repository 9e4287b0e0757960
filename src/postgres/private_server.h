/* private_server.h — a PostgreSQL of the user's own, made from the installed
 * binaries: cluster in a directory, unix socket only, no TCP, no password
 * (the socket directory is mode 0700).
 *
 * As root (initdb refuses it) the server runs as the owner of its directory; where there is none
 * yet, as the system user "postgres", else "nobody". */
#ifndef POSTGRES_PRIVATE_SERVER_H
#define POSTGRES_PRIVATE_SERVER_H

#include "base/arena.h"

struct private_server {
    const char *directory;        /* base directory: <data home>/pg */
    const char *data;             /* <directory>/data */
    const char *socket_directory; /* short enough for sun_path (107 bytes) */
    const char *log;              /* <directory>/server.log */
    const char *binaries;         /* directory of initdb and pg_ctl; NULL: none found */
    const char *conninfo; /* "host=<socket> port=5432 dbname=outgrow user=outgrow" as a URI */
    const char *run_as;   /* user name when started by root; else NULL */
};

/* Where it is or would be; starts and creates nothing. Strings live as long as `arena`.
 * The binaries: those in OUTGROW_PG_BIN and no others, where that is set; else in
 * /usr/lib/postgresql/N/bin those of the cluster's own version, else the newest; else in PATH. */
MUST_USE bool private_server_locate(struct arena *arena, struct private_server *server,
                                    struct error *err);

enum private_server_state {
    SERVER_ABSENT /* no cluster yet */,
    SERVER_STOPPED,
    SERVER_RUNNING
};
MUST_USE bool private_server_state(const struct private_server *server,
                                   enum private_server_state *state, struct error *err);

/* Creates the cluster (UTF8, C.UTF-8, lz4 TOAST where built in) and the database
 * if needed, and starts it if needed. Two processes may call it at once: one waits.
 * ERROR_TARGET with what the server's log says when it does not start; hint: what to install
 * when no binaries are found. ERROR_SYSTEM: its directories; ERROR_STOPPED. */
MUST_USE bool private_server_start(const struct private_server *server, struct error *err);

/* Fast shutdown, which is waited for; fine when it is not running. The data stays. */
MUST_USE bool private_server_stop(const struct private_server *server, struct error *err);

#endif
