/* database_run.c — one statement of a model's, whose long values the server cuts off.
 *
 * libpq keeps a whole row, however large. So the server is first asked of what types the columns
 * are; where one of them has no end, the statement becomes a part of one of ours, which takes the
 * beginning of each such value. What the guard has read as one statement stands there between
 * parentheses, and the server takes one statement only. */
#include "agent/database_internal.h"
#include "agent/value_json.h"
#include "postgres/target.h"

#include <string.h>

enum {
    TYPE_NUMERIC = 1700, /* ends after 147,455 digits */
    NUMERICS_MAX = 32,
    MODIFIER_OFFSET = 4,    /* of varchar(n) and character(n) */
    BYTES_OF_CHARACTER = 4, /* at most */
    ENDS_OF_PIPELINE = 4,   /* no result so many times: there is none any more */
};

/* What stands around a column of which the beginning is taken; the length comes behind. */
struct cut {
    const char *before;
    const char *behind;
    uint32_t type;
    bool has_modifier; /* which may bound it */
};
static const struct cut cuts[] = {
    {"pg_catalog.left(", ", ", 25, false},      /* text */
    {"pg_catalog.left(", ", ", 1043, true},     /* varchar */
    {"pg_catalog.substr(", ", 1, ", 17, false}, /* bytea */
    /* character(n), which a cast would take the blanks from */
    {"pg_catalog.left(pg_catalog.textin(pg_catalog.bpcharout(", ")), ", 1042, true},
};
static const struct cut any_cut = {"pg_catalog.left(", "::pg_catalog.text, ", 0, false};

/* Types of values that end soon, and those that are another text when cast. */
static const uint32_t short_types[] = {
    16,   18,   19,   20,   21,   23,   24,   26,   27,   28,   29,   600,  601,  603,  628,
    650,  700,  701,  718,  774,  790,  829,  869,  1082, 1083, 1114, 1184, 1186, 1266, 2202,
    2203, 2204, 2205, 2206, 2275, 2278, 2950, 3220, 3734, 3769, 4089, 4096, 4191, 5069,
};

static bool
is_short(const PGresult *described, int column)
{
    uint32_t type = PQftype(described, column);
    for (size_t i = 0; i < sizeof short_types / sizeof short_types[0]; i++) {
        if (short_types[i] == type) {
            return true;
        }
    }
    return type == TYPE_NUMERIC && PQnfields(described) <= NUMERICS_MAX;
}

/* NULL: the value comes as it is. */
static const struct cut *
cut_of(const PGresult *described, int column, size_t most)
{
    if (is_short(described, column)) {
        return NULL;
    }
    int modifier = PQfmod(described, column);
    size_t length = modifier > MODIFIER_OFFSET ? (size_t)(modifier - MODIFIER_OFFSET)
                                               : SIZE_MAX;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        if (cuts[i].type == PQftype(described, column)) {
            bool bounded = cuts[i].has_modifier && length <= most / BYTES_OF_CHARACTER;
            return bounded ? NULL : &cuts[i];
        }
    }
    return &any_cut;
}

/* Whether there is anything to cut; `names` and `values` of ours then. A character more than is
 * shown, so that the cut shows. */
static bool
write_columns(const PGresult *described, size_t most, struct text *names, struct text *values)
{
    bool any = false;
    for (int i = 0; i < PQnfields(described); i++) {
        const struct cut *cut = cut_of(described, i, most);
        const char *separator = i == 0 ? "" : ", ";
        text_printf(names, "%sc%d", separator, i);
        if (cut == NULL) {
            text_printf(values, "%sc%d", separator, i);
        } else {
            text_printf(values, "%s%sc%d%s%zu)", separator, cut->before, i, cut->behind,
                        most + 1);
            any = true;
        }
    }
    return any;
}

/* False: it may run as it is. *before: what stands before it, in characters. */
static bool
write_cut(struct text *sql, const struct guard_verdict *verdict, const PGresult *described,
          size_t most, size_t *before)
{
    AUTO_TEXT names = {0};
    AUTO_TEXT values = {0};
    if (!write_columns(described, most, &names, &values)) {
        return false;
    }
    bool reads = verdict->statement == GUARD_SELECT;
    if (reads) {
        text_printf(sql, "SELECT %s FROM (", text_string(&values));
    } else {
        text_printf(sql, "WITH outgrow_rows(%s) AS (", text_string(&names));
    }
    *before = sql->length;
    text_add(sql, verdict->text);
    text_add(sql, "\n) "); /* a comment may end it */
    if (reads) {
        text_printf(sql, "AS outgrow_rows(%s)", text_string(&names));
    } else {
        text_printf(sql, "SELECT %s FROM outgrow_rows", text_string(&values));
    }
    return true;
}

static bool
send_description(PGconn *conn, const char *sql)
{
    return PQenterPipelineMode(conn) == 1 && PQsendPrepare(conn, "", sql, 0, NULL) == 1 &&
           PQsendDescribePrepared(conn, "") == 1 && PQpipelineSync(conn) == 1;
}

/* The unnamed statement is prepared, and *described tells its parameters and columns; NULL: the
 * answer's failure says why it is not. */
static bool
describe(const struct database_reading *reading, const char *sql, PGresult **described,
         struct error *err)
{
    PGconn *conn = reading->lease->conn;
    if (!send_description(conn, sql)) {
        reading->lease->spoiled = true;
        return target_failed(conn, NULL, err);
    }
    int ends = 0;
    while (PQexitPipelineMode(conn) == 0 && ends < ENDS_OF_PIPELINE) {
        PGresult *result = database_next_result(reading->lease, reading->deadline_ms);
        ends = result == NULL ? ends + 1 : 0;
        if (PQresultStatus(result) == PGRES_FATAL_ERROR && result != NULL) {
            database_describe_failure(reading, result);
        } else if (PQresultStatus(result) == PGRES_COMMAND_OK) {
            target_result_close(described);
            *described = result; /* the last one is the description */
            continue;
        }
        PQclear(result);
    }
    return database_is_connected(reading, err);
}

/* Of the types that the server found for the statement by itself. */
static bool
send_cut(const struct database_reading *reading, const char *sql, const PGresult *described,
         const char *const *values, int count)
{
    Oid *types = arena_alloc(reading->arena, ((size_t)count + 1) * sizeof *types);
    for (int i = 0; i < count && i < PQnparams(described); i++) {
        types[i] = PQparamtype(described, i);
    }
    return PQsendQueryParams(reading->lease->conn, sql, count, types, values, NULL, NULL, 0) ==
           1;
}

static bool
run_cut(struct database_reading *reading, const struct database_statement *statement,
        const PGresult *described, struct error *err)
{
    int columns = PQnfields(described);
    size_t most = (size_t)DATABASE_ROW_CHARACTERS / (size_t)(columns > 0 ? columns : 1);
    size_t wanted = reading->value_bytes_max == 0 ? VALUE_JSON_BYTES_MAX
                                                  : reading->value_bytes_max;
    most = most < wanted ? most : wanted;
    AUTO_TEXT sql = {0};
    int count;
    const char **values = database_parameters(reading->arena, statement->parameters, &count);
    size_t before = 0;
    if (!write_cut(&sql, statement->verdict, described, most, &before)) {
        bool sent = PQsendQueryPrepared(reading->lease->conn, "", count, values, NULL, NULL,
                                        0) == 1;
        return database_read(reading, sent, err);
    }
    reading->value_bytes_max = most;
    reading->described = described;
    bool sent = send_cut(reading, text_string(&sql), described, values, count);
    if (!database_read(reading, sent, err)) {
        return false;
    }
    struct database_failure *failure = &reading->answer->failure;
    failure->position = failure->position > (int)before
                            ? failure->position - (int)before + statement->verdict->text_at
                            : 0;
    if (strcmp(failure->sqlstate, "0A000") == 0 && failure->hint == NULL) {
        failure->hint = "return no columns of text, bytea or json from a statement that also"
                        " changes rows in WITH";
    }
    return true;
}

/* Parameters as text, of types the server finds out. */
static bool
send_as_it_is(const struct database_reading *reading,
              const struct database_statement *statement)
{
    int count;
    const char **values = database_parameters(reading->arena, statement->parameters, &count);
    return PQsendQueryParams(reading->lease->conn, statement->sql, count, NULL, values, NULL,
                             NULL, 0) == 1;
}

static bool
returns_rows(const struct guard_verdict *verdict)
{
    return verdict->statement == GUARD_SELECT || verdict->statement == GUARD_INSERT ||
           verdict->statement == GUARD_UPDATE || verdict->statement == GUARD_DELETE;
}

bool
database_run(struct database_lease *lease, struct arena *arena,
             const struct database_statement *statement, const struct database_bounds *bounds,
             struct database_answer *answer, struct error *err)
{
    struct database_reading reading = database_reading_begin(lease, arena, bounds, answer);
    if (statement->verdict == NULL || !returns_rows(statement->verdict)) {
        return database_read(&reading, send_as_it_is(&reading, statement), err);
    }
    AUTO_RESULT *described = NULL;
    if (!describe(&reading, statement->sql, &described, err)) {
        return false;
    }
    return answer->failure.sqlstate[0] != '\0' || run_cut(&reading, statement, described, err);
}
