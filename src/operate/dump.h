/* dump.h — a dump of the target database, made by pg_dump. */
#ifndef OPERATE_DUMP_H
#define OPERATE_DUMP_H

#include "postgres/target.h"

/* Dumps the database that `conn` is connected to into a new file (pg_dump's custom
 * format, mode 0600), for pg_restore. The file gets its name when it is whole.
 *
 * pg_dump is the one in $OUTGROW_PG_BIN, else the newest of
 * /usr/lib/postgresql/N/bin, else the one in PATH. It connects as `conn` did; a
 * password goes through its environment, never its command line (the passphrase of
 * a TLS key is not passed on). conn: idle, stays as it is.
 *
 * ERROR_SYSTEM when there is no pg_dump, or one older than the server (hint: what to
 * install), ERROR_TARGET with its own words when it fails, ERROR_USAGE when the file
 * is there already, ERROR_STOPPED; no file is left behind then. */
MUST_USE bool target_dump(PGconn *conn, const char *path, struct error *err);

#endif
