/* doctor.c — the table of checks, and what they have in common; see doctor.h. */
#include "base/stop.h"
#include "operate/doctor_internal.h"
#include "page/human.h"

#include <stdarg.h>
#include <string.h>

enum doctor_need { NEEDS_NOTHING, NEEDS_SOURCE_PATH, NEEDS_SOURCE, NEEDS_TARGET };

static const struct {
    const char *part;
    const char *name;
    enum doctor_need need;
    enum error_kind kind; /* of a failure */
    doctor_check *check;
} checks[] = {
    {"source", "readable", NEEDS_SOURCE_PATH, ERROR_SOURCE, check_source_file},
    {"source", "integrity", NEEDS_SOURCE, ERROR_SOURCE, check_source_integrity},
    {"source", "journal", NEEDS_SOURCE, ERROR_SOURCE, check_source_journal},
    {"source", "log of changes", NEEDS_SOURCE, ERROR_SOURCE, check_source_log},
    {"source", "in use", NEEDS_SOURCE, ERROR_SOURCE, check_source_users},
    {"source", "free space", NEEDS_SOURCE, ERROR_SYSTEM, check_source_space},
    {"backup", "free space", NEEDS_NOTHING, ERROR_SYSTEM, check_backup_space},
    {"target", "private server", NEEDS_NOTHING, ERROR_TARGET, check_private_server},
    {"target", "reachable", NEEDS_NOTHING, ERROR_TARGET, check_reach},
    {"target", "version", NEEDS_TARGET, ERROR_TARGET, check_version},
    {"target", "encoding", NEEDS_TARGET, ERROR_TARGET, check_encoding},
    {"target", "writable", NEEDS_TARGET, ERROR_TARGET, check_writable},
    {"target", "encryption", NEEDS_TARGET, ERROR_TARGET, check_encryption},
    {"target", "pooler", NEEDS_TARGET, ERROR_TARGET, check_pooler},
    {"target", "database rights", NEEDS_TARGET, ERROR_TARGET, check_database_rights},
    {"target", "schema rights", NEEDS_TARGET, ERROR_TARGET, check_schema_rights},
    {"target", "ownership", NEEDS_TARGET, ERROR_TARGET, check_ownership},
    {"target", "extensions", NEEDS_TARGET, ERROR_TARGET, check_extensions},
    {"target", "connections", NEEDS_TARGET, ERROR_TARGET, check_connections},
    {"target", "free space", NEEDS_TARGET, ERROR_SYSTEM, check_target_space},
    {"target", "way back's log", NEEDS_TARGET, ERROR_TARGET, check_back_log},
    {"target", "clock", NEEDS_TARGET, ERROR_TARGET, check_clock},
    {"target", "replication", NEEDS_TARGET, ERROR_TARGET, check_replication},
};
enum { CHECK_COUNT = sizeof checks / sizeof checks[0] };

const char *
doctor_state_name(enum doctor_state state)
{
    switch (state) {
    case DOCTOR_OK: return "ok";
    case DOCTOR_WARN: return "warn";
    case DOCTOR_FAIL: return "fail";
    case DOCTOR_SKIPPED: break;
    }
    return "skipped";
}

static const char *format_words(struct arena *arena, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);

static const char *
format_words(struct arena *arena, const char *format, va_list arguments)
{
    AUTO_TEXT words = {0};
    text_vprintf(&words, format, arguments);
    return arena_strdup(arena, text_string(&words));
}

void
found_ok(struct examination *examination, struct doctor_finding *finding, const char *format,
         ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding->state = DOCTOR_OK;
    finding->value = format_words(examination->arena, format, arguments);
    va_end(arguments);
}

void
found(struct examination *examination, struct doctor_finding *finding, enum doctor_state state,
      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding->state = state;
    finding->value = format_words(examination->arena, format, arguments);
    va_end(arguments);
}

void
advise(struct examination *examination, struct doctor_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    finding->advice = format_words(examination->arena, format, arguments);
    va_end(arguments);
}

void
found_error(struct examination *examination, struct doctor_finding *finding,
            const struct error *err)
{
    found(examination, finding, DOCTOR_FAIL, "%s", err->message);
    finding->kind = err->kind;
    if (err->hint[0] != '\0') {
        advise(examination, finding, "%s", err->hint);
    }
}

PGresult *
ask_target(struct examination *examination, struct doctor_finding *finding, const char *sql,
           const char *const *parameters, size_t count)
{
    struct error err;
    PGresult *answer = NULL;
    if (!target_query(examination->conn, sql, parameters, count, &answer, &err)) {
        found(examination, finding, DOCTOR_WARN, "not known: %s", err.message);
        advise(examination, finding,
               "look at it by hand, or examine it as a role with more rights");
        return NULL;
    }
    if (PQntuples(answer) != 1) {
        found(examination, finding, DOCTOR_WARN, "not known: the server gives no answer");
        target_result_close(&answer);
    }
    return answer;
}

const char *
size_words(struct examination *examination, uint64_t bytes)
{
    AUTO_TEXT words = {0};
    human_bytes(&words, bytes);
    return arena_strdup(examination->arena, text_string(&words));
}

bool
target_is_local(const PGconn *conn)
{
    const char *address = PQhostaddr(conn);
    const char *host = PQhost(conn);
    if (host != NULL && host[0] == '/') {
        return true;
    }
    return address != NULL && (strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0);
}

/* NULL when it can be looked at. */
static const char *
missing_need(const struct examination *examination, enum doctor_need need)
{
    if (need == NEEDS_SOURCE && !examination->source_open) {
        return "the source cannot be read";
    }
    if (need == NEEDS_TARGET && examination->conn == NULL) {
        return examination->job->conninfo == NULL ? "there is no target yet"
                                                  : "the target cannot be reached";
    }
    return NULL;
}

static void
run_check(struct examination *examination, size_t index, struct doctor_report *report)
{
    bool about_source = checks[index].need == NEEDS_SOURCE_PATH ||
                        checks[index].need == NEEDS_SOURCE;
    if (about_source && examination->job->source_path == NULL) {
        return;
    }
    struct doctor_finding *finding = &report->findings[report->count++];
    const char *missing = missing_need(examination, checks[index].need);
    *finding = (struct doctor_finding){.part = checks[index].part,
                                       .name = checks[index].name,
                                       .kind = checks[index].kind,
                                       .state = DOCTOR_SKIPPED,
                                       .value = missing == NULL ? "" : missing};
    if (missing == NULL) {
        checks[index].check(examination, finding);
    }
}

bool
doctor_examine(const struct doctor_job *job, struct arena *arena, struct doctor_report *report,
               struct error *err)
{
    struct examination examination = {.job = job, .arena = arena};
    bool going_on = true;
    *report = (struct doctor_report){
        .findings = arena_alloc(arena, CHECK_COUNT * sizeof *report->findings)};
    for (size_t i = 0; going_on && i < CHECK_COUNT; i++) {
        run_check(&examination, i, report);
        going_on = stop_check(err);
    }
    source_close(&examination.source);
    target_connection_close(&examination.conn);
    return going_on;
}
