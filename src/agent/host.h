/* host.h — what the tools of the MCP server work on: one database, its roles and limits.
 *
 * Opened once by the command, used by all threads, closed when no call is running any more. */
#ifndef AGENT_HOST_H
#define AGENT_HOST_H

#include "agent/tool.h"

enum heal_mode {
    HEAL_OFF,     /* errors are reported, nothing else */
    HEAL_PROPOSE, /* the default: causes and fixes are shown, nothing is changed */
    HEAL_APPLY,   /* a fix is applied when the call asks for it, proved, or undone */
};

enum {
    TOOL_ROWS_DEFAULT = 100,
    TOOL_ROWS_MAX = 10000,
    TOOL_BYTES_DEFAULT = 1000000,
    TOOL_TIMEOUT_MS_DEFAULT = 30000,
    TOOL_LOCK_TIMEOUT_MS_DEFAULT = 3000,
    TOOL_AFFECTED_DEFAULT = 1000,
    TOOL_CONNECTIONS_DEFAULT = 4,
};

/* How much one call may do. 0 stands for the default above. */
struct tool_limits {
    int max_rows;        /* when the call does not say */
    int max_rows_hard;   /* what a call may ask for at most */
    int max_bytes;       /* of the rows of one answer */
    int timeout_ms;      /* of one statement; also what a call may ask for at most */
    int lock_timeout_ms; /* that a change waits for a lock */
    int max_affected;    /* rows that one statement may change; more is rolled back */
};

/* One table of the target to be compared with the source that a run brought it from. */
struct table_to_verify {
    int64_t run_id;
    const char *schema;
    const char *table;
    const char *conninfo; /* of a role that reads */
    int timeout_ms;
};
/* Compares every cell, and only reads, on both sides. True: *found, a new reference, tells what
 * was compared and what differs. ERROR_STOPPED: the call was given up, or took too long. */
typedef bool table_verify_function(void *context, const struct table_to_verify *wanted,
                                   const struct tool_call *call, json_t **found,
                                   struct error *err);

/* Borrowed strings must live as long as the host. */
struct tool_settings {
    enum tool_backend backend;
    /* PostgreSQL: libpq strings, one a role. NULL for the later ones: the one before. */
    const char *conninfo_read;
    const char *conninfo_write;
    const char *conninfo_ddl;
    const char
        *owner_role; /* whose tables are altered: the third role becomes it; NULL: stays */
    const char *sqlite_path; /* SQLite: the file */
    bool read_only;          /* only tools that read are listed and run */
    enum heal_mode heal;
    struct tool_limits limits;
    int connections;                    /* at once, for reading; 0: TOOL_CONNECTIONS_DEFAULT */
    bool allow_superuser;               /* roles that may do anything are refused otherwise */
    bool allow_destructive;             /* a call may ask to drop a column or a constraint */
    const char *const *allow_functions; /* names that the catalog alone would not let through */
    size_t allow_function_count;
    table_verify_function *verify_table; /* PostgreSQL: needed */
    void *verify_context;
};

/* Connects with each role it needs, and looks what these may do. ERROR_USAGE: a role is too
 * powerful, or settings contradict; ERROR_TARGET, ERROR_SOURCE: cannot connect, cannot open. */
MUST_USE bool tool_host_open(const struct tool_settings *settings, struct tool_host **host,
                             struct error *err);
/* NULL is fine. */
void tool_host_close(struct tool_host *host);

/* SQL that makes the three roles, to be run once as superuser in the database. `schema`: whose
 * tables they see. Lives as long as `arena`. */
const char *tool_host_roles_sql(struct arena *arena, const char *schema);

#endif
