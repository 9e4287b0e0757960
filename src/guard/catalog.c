/* catalog.c — the server's catalog vouches for functions and kinds that are not its own. */
#include "guard/internal.h"
#include "postgres/target.h"

#include <string.h>

/* Every function of that name outside pg_catalog, whatever its arguments: which overload a call
 * means is only known once it is planned. PL/pgSQL and the like may lie about their volatility,
 * and run any SQL; a SECURITY DEFINER function runs it as somebody else. */
static const char vouch_sql[] =
    "WITH good AS MATERIALIZED (SELECT p.oid, p.proname::text AS name, p.pronamespace, "
    "p.proargtypes,"
    " p.provolatile <> 'v' AND NOT p.prosecdef AND p.prokind IN ('f', 'a', 'w')"
    " AND l.lanname IN ('internal', 'c', 'sql') AS good"
    " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang"
    " WHERE p.proname = ANY ($1::text[]) OR p.oid IN (SELECT oprcode FROM "
    "pg_catalog.pg_operator"
    " WHERE oprname = ANY ($1::text[])))"
    " SELECT w.name, w.kind, count(f.good) AS there, coalesce(bool_and(f.good), true)"
    " FROM unnest($1::text[], $2::int[]) AS w (name, kind) LEFT JOIN ("
    " SELECT g.name, 0 AS kind, g.good FROM good g"
    " WHERE g.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace"
    " UNION ALL SELECT o.oprname::text, 1, g.good FROM pg_catalog.pg_operator o JOIN good g"
    " ON g.oid = o.oprcode WHERE o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace"
    " UNION ALL SELECT g.name, 2, g.good FROM good g JOIN pg_catalog.pg_type t"
    " ON t.oid = g.proargtypes[0] WHERE t.typtype IN ('c', 'p')"
    " AND g.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace"
    ") f ON f.name = w.name AND f.kind = w.kind GROUP BY 1, 2";

static void
refuse_ask(struct guard_verdict *verdict, struct arena *arena, const char *name,
           enum guard_ask_kind kind, bool there)
{
    const char *what = kind == ASK_OPERATOR ? "operator" : "function";
    verdict->allowed = false;
    verdict->rule = what;
    verdict->subject = arena_strdup(arena, name);
    verdict->hint = there ? "the server's operator may allow a function by its name" : "";
    verdict->message = there
                           ? arena_printf(
                                 arena,
                                 "%s %s has a form that is volatile, SECURITY DEFINER, or in a"
                                 " language the guard cannot see into",
                                 what, name)
                           : arena_printf(arena, "there is no function %s", name);
}

static const struct guard_ask *
find_ask(const struct guard_verdict *verdict, const char *name, enum guard_ask_kind kind)
{
    for (size_t i = 0; i < verdict->ask_count; i++) {
        if (verdict->asks[i].kind == kind && strcmp(verdict->asks[i].name, name) == 0) {
            return &verdict->asks[i];
        }
    }
    return NULL;
}

static void
judge_answer(struct arena *arena, const PGresult *result, int row,
             const struct guard_options *options, struct guard_verdict *verdict)
{
    const char *name = PQgetvalue(result, row, 0);
    enum guard_ask_kind kind = (enum guard_ask_kind)(PQgetvalue(result, row, 1)[0] - '0');
    bool there = strcmp(PQgetvalue(result, row, 2), "0") != 0;
    bool good = target_is_true(result, row, 3);
    const struct guard_ask *ask = find_ask(verdict, name, kind);
    if (ask == NULL || guard_function_is_allowed(options->functions, name)) {
        return;
    }
    /* An index or a default runs as the table's owner, for years to come. */
    bool strict = options->purpose == GUARD_ALTER;
    if (!good || (ask->must_exist && (strict || !there))) {
        refuse_ask(verdict, arena, name, kind, there);
    }
}

bool
guard_ask_catalog(struct arena *arena, PGconn *conn, const struct guard_options *options,
                  struct guard_verdict *verdict, struct error *err)
{
    if (!verdict->allowed || verdict->ask_count == 0) {
        return true;
    }
    AUTO_TEXT names = {0};
    AUTO_TEXT kinds = {0};
    text_add_char(&kinds, '{');
    for (size_t i = 0; i < verdict->ask_count; i++) {
        target_array_add(&names, verdict->asks[i].name);
        text_printf(&kinds, i == 0 ? "%d" : ",%d", (int)verdict->asks[i].kind);
    }
    text_add_char(&kinds, '}');
    const char *parameters[] = {target_array_end(&names), text_string(&kinds)};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, vouch_sql, parameters, 2, &result, err)) {
        return error_wrap(err, "ask the catalog about the statement's functions");
    }
    for (int row = 0; row < PQntuples(result) && verdict->allowed; row++) {
        judge_answer(arena, result, row, options, verdict);
    }
    return true;
}
