/* facts.h — what the target's catalog holds, asked for once for all tables. */
#ifndef VERIFY_FACTS_H
#define VERIFY_FACTS_H

#include "plan/plan.h"
#include "postgres/target.h"

/* Results sorted by their first three columns, bytewise. */
struct facts {
    PGresult *tables;      /* schema, table, "", pages, estimated rows, relkind */
    PGresult *columns;     /* schema, table, column, type oid, not null */
    PGresult *constraints; /* schema, table, constraint, type, validated */
    PGresult *indexes;     /* schema, table, index, usable */
};
void facts_free(struct facts *facts);
#define AUTO_FACTS __attribute__((cleanup(facts_free))) struct facts

enum { FACT_FIRST = 3, FACT_SECOND = 4, FACT_THIRD = 5 }; /* result columns behind the key */

MUST_USE bool facts_load(PGconn *conn, const struct plan *plan, struct facts *facts,
                         struct error *err);

/* Row of the result, or -1. */
int facts_find(const PGresult *result, const char *schema, const char *table, const char *name);

/* First row of the table whose constraint type is `type` ("p": primary key), or -1. */
int facts_find_constraint_type(const struct facts *facts, const char *schema, const char *table,
                               char type);

/* pg_type.oid a column of this type has; 0: it has no fixed one (enum, citext). */
uint32_t facts_type_oid(enum type_kind kind);

/* Adds 'a', 'b': the plan's target schemas as literals. */
void facts_add_schemas(struct text *sql, const struct plan *plan);

#endif
