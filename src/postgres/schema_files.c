/* schema_files.c — see schema_files.h: what is recorded, compared with what is there. */
#include "postgres/schema_files_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[] = {
    [SCHEMA_FILE_APPLIED] = "applied",
    [SCHEMA_FILE_PENDING] = "pending",
    [SCHEMA_FILE_INTERRUPTED] = "interrupted",
    [SCHEMA_FILE_NEWER] = "newer",
    [SCHEMA_FILE_EDITED] = "edited",
    [SCHEMA_FILE_OUT_OF_ORDER] = "out of order",
    [SCHEMA_FILE_GONE] = "gone",
    [SCHEMA_FILE_BEHIND_GAP] = "behind a gap",
};

const char *
schema_file_state_name(enum schema_file_state state)
{
    return state_names[state];
}

bool
schema_files_digest(PGconn *conn, struct arena *arena, const struct sql_script *script,
                    size_t length, const char **sha256, struct error *err)
{
    AUTO_RESULT *result = NULL;
    AUTO_TEXT part = {0};
    text_add_bytes(&part, script->text, length);
    const char *const parameters[] = {text_string(&part)};
    if (!target_query(conn,
                      "SELECT pg_catalog.encode(pg_catalog.sha256("
                      "pg_catalog.convert_to($1::text, 'UTF8')), 'hex')",
                      parameters, 1, &result, err)) {
        return false;
    }
    *sha256 = target_text(arena, result, 0, 0);
    return true;
}

static const char records_sql[] =
    "SELECT number, name, sha256, statements_done, pg_catalog.to_char(applied_at AT TIME ZONE"
    " 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), run_ms FROM outgrow.schema_files"
    " WHERE series = $1 ORDER BY number";

static bool
load_records(PGconn *conn, struct arena *arena, const char *series,
             struct schema_file_status **records, size_t *count, struct error *err)
{
    AUTO_RESULT *result = NULL;
    const char *const parameters[] = {series};
    bool exists = false;
    *count = 0;
    *records = NULL;
    if (!journal_exists(conn, &exists, err)) {
        return false;
    }
    if (!exists) {
        return true;
    }
    if (!target_query(conn, records_sql, parameters, 1, &result, err)) {
        return error_wrap(err, "read outgrow.schema_files");
    }
    for (int row = 0; row < PQntuples(result); row++) {
        *ARENA_APPEND(arena, *records, *count) = (struct schema_file_status){
            .number = result_number(result, row, 0),
            .name = target_text(arena, result, row, 1),
            .recorded_name = target_text(arena, result, row, 1),
            .sha256 = target_text(arena, result, row, 2),
            .statements_done = (size_t)result_number(result, row, 3),
            .applied_at = target_text(arena, result, row, 4),
            .run_ms = result_number(result, row, 5),
        };
    }
    return true;
}

/* A recorded file against the file of the same number. */
static bool
judge_recorded(PGconn *conn, struct arena *arena, struct schema_file_status *status,
               struct error *err)
{
    const struct sql_script *script = &status->file->script;
    bool whole = status->applied_at != NULL;
    size_t done = status->statements_done;
    const char *recorded = status->sha256;
    const char *now = "";
    status->name = status->file->name;
    if (!schema_files_digest(conn, arena, script, script->length, &status->sha256, err)) {
        return error_wrap(err, "%s", status->name);
    }
    if (whole) {
        now = status->sha256;
    } else if (done <= script->statement_count && script->no_transaction) {
        size_t length = done == 0 ? 0 : script->statements[done - 1].end;
        if (!schema_files_digest(conn, arena, script, length, &now, err)) {
            return false;
        }
    }
    enum schema_file_state same = whole ? SCHEMA_FILE_APPLIED : SCHEMA_FILE_INTERRUPTED;
    status->state = strcmp(now, recorded) == 0 ? same : SCHEMA_FILE_EDITED;
    return true;
}

/* Timestamps and tens have no gaps; a list that begins with 0 or 1 counts by ones. */
static bool
is_behind_gap(const struct schema_file_list *list, size_t index)
{
    return index > 0 && list->files[0].number <= 1 &&
           list->files[index].number != list->files[index - 1].number + 1;
}

struct comparison {
    PGconn *conn;
    struct arena *arena;
    const struct schema_file_list *list;
    const struct schema_file_status *records;
    size_t record_count;
    struct schema_file_status *statuses;
    size_t count;
};

static bool
add_pending(struct comparison *comparison, size_t index, struct error *err)
{
    const struct schema_file *file = &comparison->list->files[index];
    size_t records = comparison->record_count;
    bool late = records > 0 && comparison->records[records - 1].number > file->number;
    bool gap = is_behind_gap(comparison->list, index);
    struct schema_file_status *status = ARENA_APPEND(comparison->arena, comparison->statuses,
                                                     comparison->count);
    *status = (struct schema_file_status){
        .number = file->number,
        .name = file->name,
        .file = file,
        .state = late  ? SCHEMA_FILE_OUT_OF_ORDER
                 : gap ? SCHEMA_FILE_BEHIND_GAP
                       : SCHEMA_FILE_PENDING,
    };
    return schema_files_digest(comparison->conn, comparison->arena, &file->script,
                               file->script.length, &status->sha256, err)
               ? true
               : error_wrap(err, "%s", file->name);
}

/* `file`: of the same number, or NULL. */
static bool
add_recorded(struct comparison *comparison, const struct schema_file_status *record,
             const struct schema_file *file, struct error *err)
{
    const struct schema_file_list *list = comparison->list;
    bool beyond = list->count == 0 || record->number > list->files[list->count - 1].number;
    struct schema_file_status *status = ARENA_APPEND(comparison->arena, comparison->statuses,
                                                     comparison->count);
    *status = *record;
    status->file = file;
    status->state = beyond ? SCHEMA_FILE_NEWER : SCHEMA_FILE_GONE;
    return file == NULL || judge_recorded(comparison->conn, comparison->arena, status, err);
}

/* Both lists are sorted by number. */
static bool
merge(struct comparison *comparison, struct error *err)
{
    const struct schema_file_list *list = comparison->list;
    size_t at = 0;
    for (size_t i = 0; i < comparison->record_count; i++) {
        const struct schema_file_status *record = &comparison->records[i];
        for (; at < list->count && list->files[at].number < record->number; at++) {
            if (!add_pending(comparison, at, err)) {
                return false;
            }
        }
        bool both = at < list->count && list->files[at].number == record->number;
        if (!add_recorded(comparison, record, both ? &list->files[at] : NULL, err)) {
            return false;
        }
        at += both ? 1 : 0;
    }
    for (; at < list->count; at++) {
        if (!add_pending(comparison, at, err)) {
            return false;
        }
    }
    return true;
}

bool
schema_files_compare(PGconn *conn, struct arena *arena, const struct schema_file_list *list,
                     struct schema_file_status **statuses, size_t *count, struct error *err)
{
    struct schema_file_status *records = NULL;
    struct comparison comparison = {.conn = conn, .arena = arena, .list = list};
    if (!load_records(conn, arena, list->series, &records, &comparison.record_count, err)) {
        return false;
    }
    comparison.records = records;
    if (!merge(&comparison, err)) {
        return false;
    }
    *statuses = comparison.statuses;
    *count = comparison.count;
    return true;
}

static bool
refuse_edited(const struct schema_file_status *status, struct error *err)
{
    bool renamed = strcmp(status->name, status->recorded_name) != 0;
    if (status->applied_at == NULL) {
        error_set(err, ERROR_USAGE,
                  "%s: its first %zu statements ran, and are something else now", status->name,
                  status->statements_done);
        return error_hint(err, "put these back as they were; what follows them may be edited");
    }
    error_set(err, ERROR_USAGE, "%s%s%s%s: was edited since it ran on %s", status->name,
              renamed ? " (then " : "", renamed ? status->recorded_name : "",
              renamed ? ")" : "", status->applied_at);
    return error_hint(err, "put it back as it was, and make the change in a new file");
}

static bool
refuse_order(const struct schema_file_status *status, struct error *err)
{
    const char *why = status->state == SCHEMA_FILE_GONE
                          ? "ran, and is no longer among the files"
                      : status->state == SCHEMA_FILE_OUT_OF_ORDER
                          ? "has not run, but a file with a higher number has"
                          : "the number before it is missing";
    error_set(err, ERROR_USAGE, "%s: %s", status->name, why);
    return error_hint(err, status->state == SCHEMA_FILE_OUT_OF_ORDER
                               ? "give it the next number, or run it now with "
                                 "--allow-out-of-order"
                               : "bring the file back, or go on with --allow-out-of-order");
}

bool
schema_files_check(const struct schema_file_status *statuses, size_t count,
                   bool allow_out_of_order, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (statuses[i].state == SCHEMA_FILE_EDITED) {
            return refuse_edited(&statuses[i], err);
        }
    }
    for (size_t i = 0; i < count && !allow_out_of_order; i++) {
        if (statuses[i].state > SCHEMA_FILE_EDITED) {
            return refuse_order(&statuses[i], err);
        }
    }
    return true;
}
