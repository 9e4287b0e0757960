/* internal.h — what the files of the guard share. */
#ifndef GUARD_INTERNAL_H
#define GUARD_INTERNAL_H

#include "guard/guard.h"

#include <pg_query/pg_query.pb-c.h>

#include <pg_query.h>

/* One look at one statement. */
struct guard_look {
    struct arena *arena;
    const char *sql; /* NUL-terminated */
    const struct guard_options *options;
    struct guard_verdict *verdict;
    int depth;
};

/* Refuses, unless it is refused already. byte: of the place in the SQL, from 0; -1: unknown.
 * Returns false. */
bool guard_refuse(struct guard_look *look, const char *rule, const char *subject, int byte,
                  const char *format, ...) PRINTF_LIKE(5, 6);
/* What to do instead. Returns false. */
bool guard_refuse_hint(struct guard_look *look, const char *hint);

/* The statement as a whole: its kind, and what only that kind decides. */
bool guard_judge_statement(struct guard_look *look, const PgQuery__Node *statement);
/* Every node of the tree, the statement itself included. */
bool guard_walk(struct guard_look *look, const ProtobufCMessage *message);

/* The parts of one node; called by the walk for each. */
bool guard_judge_node(struct guard_look *look, const ProtobufCMessage *message);
bool guard_judge_target(struct guard_look *look, const PgQuery__RangeVar *relation);
bool guard_judge_alter_command(struct guard_look *look, const PgQuery__AlterTableCmd *command);
/* UPDATE, DELETE. */
bool guard_judge_where(struct guard_look *look, const PgQuery__Node *where,
                       const char *statement, int byte);

/* Parses on a large stack and shows the tree, unless `sql` cannot be parsed or is too long. */
typedef void guard_tree_function(void *context, const PgQuery__ParseResult *tree);
void guard_with_tree(const char *sql, guard_tree_function *function, void *context);

/* The string of a String node; NULL: another node. */
const char *guard_string(const PgQuery__Node *node);

/* Calls `visit` for each message right below this one, until one returns false. */
typedef bool guard_visit_function(void *context, const ProtobufCMessage *message);
bool guard_children(const ProtobufCMessage *message, guard_visit_function *visit,
                    void *context);

#endif
