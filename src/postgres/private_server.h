/* private_server.h — a PostgreSQL of the user's own, made from the installed
 * binaries: cluster in a directory, unix socket only, no TCP, no password
 * (the socket directory is mode 0700).
 *
 * As root the server runs as the system user "postgres" (initdb refuses root). */
#ifndef POSTGRES_PRIVATE_SERVER_H
#define POSTGRES_PRIVATE_SERVER_H

#include "base/arena.h"

struct private_server {
    const char *directory;        /* base directory: <data home>/pg */
    const char *data;             /* <directory>/data */
    const char *socket_directory; /* short enough for sun_path (107 bytes) */
    const char *log;              /* <directory>/server.log */
    const char *binaries;         /* directory of initdb and pg_ctl; NULL: none installed */
    const char *conninfo; /* "host=<socket> port=5432 dbname=outgrow user=outgrow" as a URI */
    const char *run_as;   /* user name when started by root; else NULL */
};

/* Where it is or would be; starts and creates nothing. OUTGROW_PG_BIN names the
 * binaries' directory, else the newest /usr/lib/postgresql/N/bin, else PATH. */
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
 * if needed, and starts it if needed. Two processes may call it at once.
 * ERROR_TARGET with the last line of the server's log when it does not start;
 * hint: what to install when no binaries are found. */
MUST_USE bool private_server_start(const struct private_server *server, struct error *err);

/* Fast shutdown; fine when it is not running. The data stays. */
MUST_USE bool private_server_stop(const struct private_server *server, struct error *err);

#endif
