/* target_error.c — one line from what the server, or libpq, said. */
#include "base/stop.h"
#include "postgres/target_internal.h"

#include <stdio.h>
#include <string.h>

/* Mostly it was the network, or a proxy; who reads it at night looks for a crash. */
static const char libpq_guess[] = "\n\tThis probably means the server terminated abnormally";

void
target_add_line(struct text *line, const char *message)
{
    const char *guess = strstr(message, libpq_guess);
    const char *end = guess == NULL ? message + strlen(message) : guess;
    bool blank = true; /* swallows leading white space, too */
    for (const char *c = message; c < end; c++) {
        bool space = *c == '\n' || *c == '\r' || *c == '\t' || *c == ' ';
        if (!space) {
            text_add_char(line, *c);
        } else if (!blank) {
            text_add_char(line, ' ');
        }
        blank = space;
    }
    while (line->length > 0 &&
           (line->bytes[line->length - 1] == ' ' || line->bytes[line->length - 1] == '.')) {
        line->bytes[--line->length] = '\0';
    }
}

/* What to do about the causes that a person can do something about. */
struct cause {
    const char *sqlstate; /* a prefix */
    const char *hint;
};
static const struct cause causes[] = {
    {"42501", "connect as a role that may do this, or have it granted"},
    {"53100", "make room on the server's disk and run the same command again"},
    {"53200", "the server ran out of memory; lower maintenance_work_mem or --jobs"},
    {"53300", "the server has no connection left; use fewer --jobs or raise max_connections"},
    {"25006",
     "connect to the primary server, or take default_transaction_read_only from role and "
     "database"},
    {"57P05", "take idle_session_timeout from role and database"},
    {"25P03", "take idle_in_transaction_session_timeout from role and database"},
    {"57P01", "the server was shut down, or somebody ended this session; run the same command"
              " again"},
    {"57P04", "somebody has dropped the database while this was working in it"},
    {"57P0", "the server was shut down; run the same command again once it is back"},
    {"08", "the connection to the server broke; run the same command again"},
};

static bool
starts_with(const char *sqlstate, const char *prefix)
{
    return strncmp(sqlstate, prefix, strlen(prefix)) == 0;
}

static const char *
hint_for(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        if (starts_with(sqlstate, causes[i].sqlstate)) {
            return causes[i].hint;
        }
    }
    return NULL;
}

/* "COPY t, line 3, column c: ..." says where in the data it was. */
static void
add_copy_context(struct text *line, const PGresult *result)
{
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    if (context != NULL && strncmp(context, "COPY ", 5) == 0) {
        text_add(line, " (");
        text_add_bytes(line, context, strcspn(context, "\n"));
        text_add(line, ")");
    }
}

static void
describe_result(struct text *line, const PGresult *result)
{
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    target_add_line(line, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    if (detail != NULL) {
        text_add(line, ": ");
        target_add_line(line, detail);
    }
    add_copy_context(line, result);
}

/* A right that no GRANT gives. The server's words for it are translated, its function's name is not. */
static bool
row_security_stops(const PGresult *result)
{
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    return function != NULL && strcmp(function, "check_enable_rls") == 0;
}

static void
add_hint(const PGresult *result, struct error *err)
{
    const char *ours = row_security_stops(result)
                           ? "connect as a role with BYPASSRLS, or as the owner of the table, "
                             "without FORCE ROW LEVEL SECURITY"
                           : hint_for(err->sqlstate);
    const char *theirs = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    if (ours != NULL) {
        error_hint(err, "%s", ours);
    } else if (theirs != NULL) {
        AUTO_TEXT line = {0};
        target_add_line(&line, theirs);
        error_hint(err, "%s", text_string(&line));
    }
}

bool
target_failed(const PGconn *conn, const PGresult *result, struct error *err)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    bool broken = PQstatus(conn) == CONNECTION_BAD;
    if (stop_requested() && (broken || (sqlstate != NULL && strcmp(sqlstate, "57014") == 0))) {
        return stop_check(err);
    }
    AUTO_TEXT line = {0};
    if (PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) != NULL) {
        describe_result(&line, result);
    } else {
        target_add_line(&line, PQerrorMessage(conn));
    }
    error_set(err, ERROR_TARGET, "%s",
              line.length > 0 ? text_string(&line) : "the server gave no reason");
    snprintf(err->sqlstate, sizeof err->sqlstate, "%s",
             sqlstate != NULL ? sqlstate : (broken ? "08006" : ""));
    add_hint(result, err);
    return false;
}

static bool
is_of(const struct error *err, const char *class_or_state)
{
    return err->kind == ERROR_TARGET && starts_with(err->sqlstate, class_or_state);
}

bool
target_refused_data(const struct error *err)
{
    return is_of(err, "21") || is_of(err, "22") || is_of(err, "23") || is_of(err, "54");
}

bool
target_refused_statement(const struct error *err)
{
    bool refused_us = is_of(err, "08") || is_of(err, "28") || is_of(err, "53") ||
                      is_of(err, "57") || is_of(err, "58");
    return err->kind == ERROR_TARGET && err->sqlstate[0] != '\0' && !refused_us;
}

bool
target_was_away(const struct error *err)
{
    return is_of(err, "08") || is_of(err, "53") || is_of(err, "57P");
}

bool
target_is_read_only(const struct error *err)
{
    return is_of(err, "25006");
}

bool
target_lacks_right(const struct error *err)
{
    return is_of(err, "42501");
}

bool
target_lost_race(const struct error *err)
{
    return is_of(err, "40");
}

bool
target_waited_in_vain(const struct error *err)
{
    return is_of(err, "55P03");
}

bool
target_was_held_up(const struct error *err)
{
    return target_lost_race(err) || target_waited_in_vain(err);
}

bool
target_was_cancelled(const struct error *err)
{
    return is_of(err, "57014");
}
