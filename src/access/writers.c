/* writers.c — see writers.h. */
#include "access/writers.h"

#include "access/shadow.h"
#include "base/clock.h"
#include "base/stop.h"
#include "base/workers.h"
#include "postgres/target.h"
#include "sqlite/new_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 5000, SLOW_OF = 100, BODY_SIZE = 100 };

#define SCHEMA "outgrow_bench"
static const char source_table[] = "CREATE TABLE message (id INTEGER PRIMARY KEY, writer "
                                   "INTEGER NOT NULL, body TEXT NOT NULL)";
static const char target_table[] =
    "DROP SCHEMA IF EXISTS " SCHEMA " CASCADE; CREATE SCHEMA " SCHEMA "; "
    "CREATE TABLE " SCHEMA ".message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "writer bigint NOT NULL, body text NOT NULL)";

/* The latencies of one writer, in microseconds. */
struct writer {
    int64_t *us;
    size_t count;
    size_t capacity;
    uint64_t refused;
};

struct contest {
    const struct writers_request *request;
    const struct new_file *file;
    struct writer writers[WRITERS_COUNT_MAX];
    int64_t until_us;
    const char *body;
};

static void
writer_note(struct writer *writer, int64_t us)
{
    if (writer->count == writer->capacity) {
        writer->capacity = writer->capacity == 0 ? 4096 : writer->capacity * 2;
        writer->us = realloc(writer->us, writer->capacity * sizeof *writer->us);
        if (writer->us == NULL) {
            abort();
        }
    }
    writer->us[writer->count++] = us;
}

static bool
source_writer_run(void *context, size_t index, struct error *err)
{
    struct contest *contest = context;
    struct writer *writer = &contest->writers[index];
    AUTO_SOURCE source = {0};
    AUTO_STATEMENT *insert = NULL;
    if (!new_file_open(contest->file, BUSY_MS, &source, err)) {
        return false;
    }
    if (sqlite3_prepare_v2(source.handle, "INSERT INTO message (writer, body) VALUES (?, ?)",
                           -1, &insert, NULL) != SQLITE_OK) {
        return source_failed(&source, err, "prepare");
    }
    sqlite3_bind_int64(insert, 1, (int64_t)index);
    sqlite3_bind_text(insert, 2, contest->body, -1, SQLITE_STATIC);
    for (int64_t now = clock_monotonic_us(); now < contest->until_us;) {
        int step = sqlite3_step(insert);
        int64_t after = clock_monotonic_us();
        sqlite3_reset(insert);
        if (step == SQLITE_DONE) {
            writer_note(writer, after - now);
        } else if ((step & 0xFF) == SQLITE_BUSY) {
            writer->refused++;
        } else {
            return source_failed(&source, err, "insert");
        }
        now = after;
        if (!stop_check(err)) {
            return false;
        }
    }
    return true;
}

static bool
target_writer_run(void *context, size_t index, struct error *err)
{
    struct contest *contest = context;
    AUTO_CONNECTION *conn = NULL;
    char number[24];
    snprintf(number, sizeof number, "%zu", index);
    const char *values[] = {number, contest->body};
    if (!target_connect(contest->request->conninfo, &conn, err)) {
        return false;
    }
    AUTO_RESULT *prepared = PQprepare(
        conn, "put", "INSERT INTO " SCHEMA ".message (writer, body) VALUES ($1, $2)", 2, NULL);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
        return target_failed(conn, prepared, err);
    }
    for (int64_t now = clock_monotonic_us(); now < contest->until_us;) {
        AUTO_RESULT *result = PQexecPrepared(conn, "put", 2, values, NULL, NULL, 0);
        int64_t after = clock_monotonic_us();
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            return target_failed(conn, result, err);
        }
        writer_note(&contest->writers[index], after - now);
        now = after;
        if (!stop_check(err)) {
            return false;
        }
    }
    return true;
}

/* Gathers what all writers noted, and forgets it. */
static void
gather(struct contest *contest, struct writers_side *side)
{
    struct writer all = {.us = NULL};
    for (size_t i = 0; i < contest->request->count; i++) {
        struct writer *writer = &contest->writers[i];
        for (size_t j = 0; j < writer->count; j++) {
            writer_note(&all, writer->us[j]);
        }
        side->refused += writer->refused;
        writer->count = 0; /* its memory serves the other side too */
        writer->refused = 0;
    }
    side->commits = all.count;
    if (all.count > 0) {
        side->median_us = shadow_median(all.us, all.count);
        side->slow_us = all.us[all.count - 1 - all.count / SLOW_OF];
    }
    free(all.us);
}

static bool
contest_run(struct contest *contest, worker_function *writer, struct writers_side *side,
            struct error *err)
{
    int64_t began = clock_monotonic_us();
    contest->until_us = began + contest->request->duration_ms * 1000;
    bool ran = workers_run(contest->request->count, writer, contest, err);
    side->elapsed_us = clock_monotonic_us() - began;
    gather(contest, side);
    return ran;
}

static bool
measure_source(struct contest *contest, struct writers_side *side, struct error *err)
{
    AUTO_NEW_FILE file = {0};
    if (!new_file_make(&file, source_table, contest->request->wal, err)) {
        return false;
    }
    contest->file = &file;
    return contest_run(contest, source_writer_run, side, err);
}

static bool
measure_target(struct contest *contest, struct writers_side *side, struct error *err)
{
    AUTO_CONNECTION *conn = NULL;
    struct error also;
    if (!target_connect(contest->request->conninfo, &conn, err) ||
        !target_execute(conn, target_table, err)) {
        return false;
    }
    bool ran = contest_run(contest, target_writer_run, side, err);
    bool dropped = target_execute(conn, "DROP SCHEMA " SCHEMA " CASCADE", ran ? err : &also);
    return ran && dropped;
}

bool
writers_measure(const struct writers_request *request, struct writers_result *result,
                struct error *err)
{
    char body[BODY_SIZE + 1];
    memset(body, 'm', BODY_SIZE);
    body[BODY_SIZE] = '\0';
    struct contest *contest = calloc(1, sizeof *contest);
    if (contest == NULL) {
        abort();
    }
    contest->request = request;
    contest->body = body;
    *result = (struct writers_result){.source.commits = 0};
    bool measured = measure_source(contest, &result->source, err) &&
                    measure_target(contest, &result->target, err);
    for (size_t i = 0; i < WRITERS_COUNT_MAX; i++) {
        free(contest->writers[i].us);
    }
    free(contest);
    return measured;
}
