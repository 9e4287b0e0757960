/* target.h — one PostgreSQL connection: open, execute, ask, quote.
 *
 * The only room that opens, configures or closes a PGconn. Names here start
 * with target_, not pg_: libpg_query exports 1,816 pg_* symbols.
 * Unless said otherwise `conn` is borrowed, idle on entry and idle on return. */
#ifndef POSTGRES_TARGET_H
#define POSTGRES_TARGET_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>

#include <libpq-fe.h>

/* Connects. conninfo: a libpq string or URI, "" for libpq's own defaults.
 * Sets application_name "outgrow", client_encoding UTF8, DateStyle ISO,
 * TimeZone UTC, standard_conforming_strings on, jit off, no statement/lock/idle
 * timeouts, and quiet notices. Refuses servers below 13 and databases whose
 * encoding is not UTF8.
 * ERROR_TARGET: unreachable, refused; ERROR_USAGE: conninfo is malformed, or one of its values
 * is none. Never shows a password. *conn is the caller's, to be closed. */
MUST_USE bool target_connect(const char *conninfo, PGconn **conn, struct error *err);

/* Puts role and settings back to what they were behind target_connect, after SQL that is not
 * ours. Also inside a transaction. */
MUST_USE bool target_reset_session(PGconn *conn, struct error *err);

enum target_pooler {
    POOLER_NONE,   /* this is the server itself */
    POOLER_KEEPS,  /* a session is ours as long as the connection (session mode) */
    POOLER_SHARES, /* another client gets the session between two transactions */
};

/* conn: made from conninfo. Behind a pooler a second connection is opened for a moment. */
MUST_USE bool target_find_pooler(PGconn *conn, const char *conninfo, enum target_pooler *pooler,
                                 struct error *err);

/* ERROR_TARGET for POOLER_SHARES: for all that needs locks and settings of a session. */
MUST_USE bool target_refuse_shared(PGconn *conn, const char *conninfo, struct error *err);

static inline void
target_connection_close(PGconn **conn)
{
    PQfinish(*conn); /* NULL is fine */
    *conn = NULL;
}
#define AUTO_CONNECTION __attribute__((cleanup(target_connection_close))) PGconn

static inline void
target_result_close(PGresult **result)
{
    PQclear(*result); /* NULL is fine */
}
#define AUTO_RESULT __attribute__((cleanup(target_result_close))) PGresult

/* "host/database" or "socket-directory/database" for people; no password.
 * Lives as long as `arena`. */
const char *target_describe(struct arena *arena, const PGconn *conn);

/* ERROR_TARGET from a failed result (or from the connection when result is NULL):
 * the server's primary message, its detail behind a colon when there is room,
 * and the SQLSTATE. Always returns false. */
bool target_failed(const PGconn *conn, const PGresult *result, struct error *err);

/* What an error says of the statement, by its SQLSTATE. All but target_was_away are false where no
 * server spoke. */
/* The statement was understood, a value in it not taken (classes 21, 22, 23, 54). */
bool target_refused_data(const struct error *err);
/* The server said no to this statement, rather than to us altogether (not: 08, a lost connection;
 * 53, no resources; 57, an operator; 58, its own system). */
bool target_refused_statement(const struct error *err);
/* No connection could be made, or it broke, or the server had no room for us: for a while, maybe. Not
 * when it refuses the user, the password or the database (28000). */
bool target_was_away(const struct error *err);
/* The server takes no writes (25006): a standby, or one that became one. */
bool target_is_read_only(const struct error *err);
/* The role lacks a right (42501). */
bool target_lacks_right(const struct error *err);
/* Another transaction was faster, or two locked the same crosswise: tried again, the whole
 * transaction may go through (class 40). */
bool target_lost_race(const struct error *err);
/* A lock was not to be had in lock_timeout (55P03). */
bool target_waited_in_vain(const struct error *err);
/* One of these two: nothing is wrong, somebody was in the way. */
bool target_was_held_up(const struct error *err);
/* It took longer than statement_timeout, or somebody cancelled it (57014). */
bool target_was_cancelled(const struct error *err);

/* Runs one or more statements (simple protocol), ignoring rows. Without an
 * explicit transaction several statements are one implicit transaction. */
MUST_USE bool target_execute(PGconn *conn, const char *sql, struct error *err);

/* Runs one statement with text parameters ($1 ...; NULL is NULL) that may
 * return rows. On success *result is the caller's, to be cleared. */
MUST_USE bool target_query(PGconn *conn, const char *sql, const char *const *parameters,
                           size_t parameter_count, PGresult **result, struct error *err);

/* Columns of a row: a whole number of at most 64 bits, a boolean. NULL is 0, or false. */
static inline int64_t
target_number(const PGresult *result, int row, int column)
{
    return strtoll(PQgetvalue(result, row, column), NULL, 10);
}
static inline bool
target_is_true(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0] == 't';
}

/* Its text, which lives as long as `arena`; NULL is NULL. */
static inline const char *
target_text(struct arena *arena, const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column)
               ? NULL
               : arena_strndup(arena, PQgetvalue(result, row, column),
                               (size_t)PQgetlength(result, row, column));
}

/* Open until target_commit; rolled back when it goes out of scope open. */
struct target_transaction {
    PGconn *open_on; /* NULL: not begun, or already over */
};
void target_transaction_close(struct target_transaction *transaction);
#define AUTO_TRANSACTION                                                                       \
    __attribute__((cleanup(target_transaction_close))) struct target_transaction

MUST_USE bool target_begin(struct target_transaction *transaction, PGconn *conn,
                           struct error *err);

/* For a "BEGIN" that is sent in front of another statement. */
static inline void
target_begin_later(struct target_transaction *transaction, PGconn *conn)
{
    transaction->open_on = conn;
}

MUST_USE bool target_commit(struct target_transaction *transaction, struct error *err);

/* Interrupts whatever runs on `conn` from another thread (PQcancel). Best effort. */
void target_cancel(PGconn *conn);

/* The longest name that PostgreSQL keeps whole. */
enum { NAME_BYTES_MAX = 63 };

/* Quoting. Identifiers are quoted only where PostgreSQL needs it (upper case,
 * odd characters, reserved words of any category of server 13..18), so that
 * DDL reads as a person would write it. */
void target_quote_name(struct text *sql, const char *name);
void target_quote_qualified(struct text *sql, const char *schema, const char *name);
/* 'it''s', or E'a\\b' when there is a backslash. */
void target_quote_literal(struct text *sql, const char *string);

/* {"a","b",NULL}, an array as a parameter: its elements (NULL: NULL), then the end, which
 * returns it. */
void target_array_add(struct text *array, const char *element);
const char *target_array_end(struct text *array);

#endif
