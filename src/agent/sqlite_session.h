/* sqlite_session.h — one call's way into a SQLite file: opened, guarded by SQLite's authorizer,
 * bounded in time, rows and bytes, closed. */
#ifndef AGENT_SQLITE_SESSION_H
#define AGENT_SQLITE_SESSION_H

#include "agent/database.h"
#include "sqlite/agent.h"

struct sqlite_session {
    struct source source;
    struct agent_rules rules;
    struct cancellation *cancellation; /* armed while open; NULL: not open */
    int64_t deadline_ms;
    bool timed_out;
    const char *refused; /* by the authorizer: what; NULL: nothing. Static storage */
    char subject[128];   /* ... of what */
};

/* Stays where it is until closed: SQLite holds its address. */
MUST_USE bool sqlite_session_open(struct sqlite_session *session, const char *path, bool writes,
                                  int timeout_ms, struct cancellation *cancellation,
                                  struct error *err);
void sqlite_session_close(struct sqlite_session *session);
#define AUTO_SESSION __attribute__((cleanup(sqlite_session_close))) struct sqlite_session

/* One statement, and one only, of a kind the session is for: reading ones write nothing;
 * writing ones are INSERT, UPDATE, DELETE or REPLACE, with a WHERE unless full_table. NULL:
 * *why (which lives as long as `arena`) says what is wrong, and *rule its kind; "sql": SQLite
 * itself refuses it. */
sqlite3_stmt *sqlite_session_prepare(struct sqlite_session *session, struct arena *arena,
                                     const char *sql, bool full_table, const char **rule,
                                     const char **why);

/* Binds an array to ?1, $1, ... by number; *why: what does not fit. */
bool sqlite_session_bind(sqlite3_stmt *statement, struct arena *arena, const json_t *parameters,
                         const char **why);

/* Runs it as database_run does. A failure's sqlstate is "HY000", its message SQLite's. */
void sqlite_session_run(struct sqlite_session *session, struct arena *arena,
                        sqlite3_stmt *statement, const struct database_bounds *bounds,
                        struct database_answer *answer);

/* One statement of our own, past the authorizer, whose first value is JSON text; *value is a new
 * reference, JSON null when there is no row. */
MUST_USE bool sqlite_session_json(struct sqlite_session *session, const char *sql,
                                  const char *parameter, json_t **value, struct error *err);
MUST_USE bool sqlite_session_exec(struct sqlite_session *session, const char *sql,
                                  struct error *err);

#endif
