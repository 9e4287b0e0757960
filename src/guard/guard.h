/* guard.h — may this SQL of a model's run at all? Decided on PostgreSQL's own parse tree.
 *
 * One statement, of a kind the tool is for, made of nothing but what is on a list: whatever is not
 * known is refused. The guard is one layer of several (docs/mcp-safety.md): it sees neither into
 * views nor into functions, and cannot tell how many rows a WHERE means. */
#ifndef GUARD_GUARD_H
#define GUARD_GUARD_H

#include "base/arena.h"
#include "guard/functions.h"

#include <libpq-fe.h>

enum {
    GUARD_SQL_MAX = 65536,  /* bytes; also what the parser's stack is made for */
    GUARD_DEPTH_MAX = 2000, /* nodes within nodes */
    GUARD_POSITION_NONE = 0,
};

enum guard_purpose {
    GUARD_QUERY,   /* SELECT, EXPLAIN of one, SHOW of some settings */
    GUARD_EXECUTE, /* INSERT, UPDATE, DELETE */
    GUARD_ALTER,   /* ALTER TABLE in part, CREATE INDEX, DROP INDEX */
};

struct guard_options {
    enum guard_purpose purpose;
    const struct guard_functions *functions;
    bool allow_full_table;  /* UPDATE and DELETE without a WHERE that names a column */
    bool allow_destructive; /* DROP COLUMN, DROP CONSTRAINT */
};

enum guard_statement {
    GUARD_NONE,
    GUARD_SELECT,
    GUARD_EXPLAIN,
    GUARD_SHOW,
    GUARD_INSERT,
    GUARD_UPDATE,
    GUARD_DELETE,
    GUARD_ALTER_TABLE,
    GUARD_CREATE_INDEX,
    GUARD_DROP_INDEX,
};

enum guard_ask_kind {
    ASK_FUNCTION,
    ASK_OPERATOR,
    ASK_ATTRIBUTE, /* t.name: a column, or else a function of a row: name(t) */
};

/* What only the server's catalog can vouch for. */
struct guard_ask {
    const char *name;
    enum guard_ask_kind kind;
    bool must_exist; /* not built in: some function of that name has to be there, too */
};

struct guard_verdict {
    bool allowed;
    char fingerprint
        [17]; /* of what parses, allowed or not, without its literals; "": of nothing */
    /* Refused: */
    const char *rule; /* "parse", "one-statement", "statement-kind", "node", "function", ... */
    const char *subject; /* the node, function or relation; "" where there is none */
    const char *message; /* one line: what and why */
    const char *hint;    /* what to do instead; "" */
    int position;        /* in characters, from 1; GUARD_POSITION_NONE: unknown */
    /* Allowed: */
    enum guard_statement statement;
    const char *text; /* the statement alone, without a semicolon */
    int text_at;      /* where it begins, in characters from 0 */
    const char
        *schema;      /* of the table or index that is written to or altered; NULL: none said */
    const char *name; /* its name; NULL for what reads */
    const char *index; /* of CREATE INDEX: what it is to be called; NULL: not said */
    bool unless_there; /* IF NOT EXISTS: the index may be somebody else's */
    bool concurrently;
    bool destructive; /* drops a column or a constraint */
    struct guard_ask *asks;
    size_t ask_count;
};

/* Always fills *verdict; its strings live as long as `arena`. What has more than 1 KiB is
 * parsed on a thread of its own with a large stack, as PostgreSQL's parser has no limit of its
 * own; what is smaller on the caller's, which has at least 8 MB. */
void guard_check(struct arena *arena, const char *sql, size_t length,
                 const struct guard_options *options, struct guard_verdict *verdict);

/* Asks the catalog about verdict->asks, on the connection and in the transaction in which the
 * statement will run; turns the verdict into a refusal when it does not vouch for one. */
MUST_USE bool guard_ask_catalog(struct arena *arena, PGconn *conn,
                                const struct guard_options *options,
                                struct guard_verdict *verdict, struct error *err);

const char *guard_statement_name(enum guard_statement statement);

#endif
