/* target_internal.h — what the files of this room share and nobody else needs. */
#ifndef POSTGRES_TARGET_INTERNAL_H
#define POSTGRES_TARGET_INTERNAL_H

#include "postgres/target.h"

/* Waits for the next result of what was sent on `conn`, like PQgetResult, but
 * when the process is asked to stop while the server takes its time, cancels
 * the query; the result then tells of it. NULL: no more results. */
PGresult *target_next_result(PGconn *conn);

/* Waits until the server sent something, in slices; false when asked to stop
 * meanwhile. True also when the connection broke: reading then says so. */
bool target_wait_readable(PGconn *conn);

/* Throws away whatever is still to come from the server, ending an open COPY in
 * either direction. The connection is idle, or broken, afterwards. */
void target_drain(PGconn *conn);

/* Closes our end, which makes every further call on the connection fail at once: for
 * a server that does not even react to a cancel (gone, or unreachable). */
void target_give_up(const PGconn *conn);

/* Ends a COPY before its time. The connection is idle, or broken, afterwards. */
void target_abandon_copy(PGconn *conn, ExecStatusType state);

/* Sends what libpq holds back on a non-blocking connection. ERROR_STOPPED when
 * asked to stop while the server takes nothing. */
MUST_USE bool target_flush(PGconn *conn, struct error *err);

/* Runs one COPY statement, and commands in front of it, up to the point where data flows (`state`:
 * PGRES_COPY_IN or PGRES_COPY_OUT), in the binary format. */
MUST_USE bool target_start_copy(PGconn *conn, const char *sql, ExecStatusType state,
                                struct error *err);

/* Adds `message` as one line: line ends and tabs become single blanks, a full
 * stop at the end goes. */
void target_add_line(struct text *line, const char *message);

/* Fills `err` from what libpq said about a connection that did not come about,
 * without a password even when `conninfo` is malformed and libpq echoes it.
 * ERROR_USAGE: the string cannot lead anywhere; else ERROR_TARGET, SQLSTATE 08001
 * whatever the server's was. Always returns false. */
bool connect_failed(const char *conninfo, const char *libpq_message, struct error *err);

/* Whether `text` is a connection string rather than a mere database name; as
 * libpq itself decides. */
bool conninfo_is_string(const char *text);

#endif
