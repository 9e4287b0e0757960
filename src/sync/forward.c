/* forward.c — see forward.h. */
#include "base/clock.h"
#include "sync/back.h"
#include "sync/forward_internal.h"

#include <string.h>

enum { ATTEMPTS_MAX = 4 };

/* Attempts at a round: what is asked, and how the last one went. */
struct attempt {
    struct sync_link *link;
    const struct round_request *request;
    struct target_transaction *transaction;
    bool again;     /* nothing was done yet: another one is due */
    bool described; /* the next one notes of each row what it is */
};

/* Rows are found by their keys, thousands at a time: a join that reads the whole table each time
 * would look cheaper to the planner. */
static const char *const round_settings[] = {
    "SET LOCAL enable_seqscan = off",
    "SET LOCAL enable_hashjoin = off",
    "SET LOCAL enable_mergejoin = off",
};

/* A round that a crash of the server takes back is done again: the source's log still has it
 * (sync_trim sees to that). So nobody waits for the disk, unless somebody else commits. */
static const char lazy_commit[] = "SET LOCAL synchronous_commit = off";

/* Existing tables have unique keys of any kind: what they refuse is to be known of which row. */
static const char check_at_once[] = "SET CONSTRAINTS ALL IMMEDIATE";

static bool
set_up(struct sync_link *link, struct target_transaction *transaction, bool lazy,
       struct error *err)
{
    AUTO_PIPELINE pipeline = {0};
    bool ok = target_pipeline_begin(&pipeline, link->conn, err) &&
              (transaction->open_on != NULL || target_begin(transaction, link->conn, err)) &&
              target_apply_as_ours(link->conn, err);
    for (size_t i = 0; ok && i < sizeof round_settings / sizeof round_settings[0]; i++) {
        ok = target_execute(link->conn, round_settings[i], err);
    }
    return ok && (!lazy || target_execute(link->conn, lazy_commit, err)) &&
           (!link->plan->existing || target_execute(link->conn, check_at_once, err)) &&
           target_pipeline_end(&pipeline, NULL, err);
}

static bool
begin_target(const struct attempt *attempt, struct error *err)
{
    struct sync_link *link = attempt->link;
    struct live_question question = {.sql = own_columns_question(link)};
    return set_up(link, attempt->transaction, !attempt->request->keep_open, err) &&
           sync_link_lock_asking(link, &question, err) &&
           own_columns_look(link, question.answer, err);
}

/* Which tables have rows set aside; and that nothing is known of the target's, when somebody else
 * has moved the position. */
static bool
look_at_target(struct sync_link *link, struct error *err)
{
    AUTO_RESULT *result = NULL;
    AUTO_TEXT sql = {0};
    if (link->known_seq == link->live.seq && link->known_epoch == link->live.epoch) {
        return true;
    }
    text_printf(&sql,
                "SELECT DISTINCT source_table, " SET_ASIDE_AS_ORPHAN
                " FROM outgrow.set_aside WHERE run_id = %lld",
                (long long)link->live.run_id);
    if (!target_query(link->conn, text_string(&sql), NULL, 0, &result, err)) {
        return error_wrap(err, "look up rows that were set aside");
    }
    link->orphans_aside = false;
    for (int row = 0; row < PQntuples(result); row++) {
        link->orphans_aside |= target_is_true(result, row, 1);
    }
    for (size_t i = 0; i < link->table_count; i++) {
        struct live_table *table = &link->tables[i];
        table->whole_digest = 0;
        table->has_set_aside = false;
        for (int row = 0; row < PQntuples(result); row++) {
            table->has_set_aside |= strcmp(PQgetvalue(result, row, 0),
                                           table->source->name.text) == 0;
        }
    }
    return true;
}

static struct live_round
round_figures(const struct sync_link *link, const struct gathered *gathered, int64_t target_us)
{
    int64_t now = clock_monotonic_us();
    return (struct live_round){
        .keys = gathered->keys,
        .rows = gathered->rows,
        .set_aside = gathered->refused,
        .backlog_keys = gathered->backlog_rows,
        .lag_us = now - link->fresh_us,
        .snapshot_us = gathered->snapshot_us,
        .target_us = target_us,
    };
}

/* What is in the target now. */
static void
take_position(struct sync_link *link, const struct gathered *gathered)
{
    struct live *live = &link->live;
    live->seq = gathered->position.seq;
    live->fingerprint = arena_strdup(&link->live_memory, gathered->position.fingerprint);
    live->nonce = arena_strdup(&link->live_memory, gathered->position.nonce);
    live->schema_version = gathered->position.schema_version;
    live->device = gathered->position.device;
    live->inode = gathered->position.inode;
    link->known_seq = live->seq;
    link->known_epoch = live->epoch;
    link->fresh_us = gathered->began_us;
    for (size_t i = 0; i < gathered->count; i++) {
        gathered->tables[i].table->whole_digest = gathered->tables[i].digest;
        link->mend_asked |= gathered->tables[i].table->has_set_aside &&
                            gathered->keys > link->mended_keys;
    }
    link->mended_keys = 0;
}

/* A value, or a foreign key, that the server refuses: the next attempt copes with it. */
static bool
cope(struct attempt *attempt, struct gathered *gathered, struct error *err)
{
    struct error refused = *err;
    bool dropped = false;
    if (!target_refused_data(&refused)) {
        return false;
    }
    target_transaction_close(attempt->transaction);
    attempt->again = true;
    if (strcmp(refused.sqlstate, "23503") == 0) {
        if (!broken_keys_drop(attempt->link, gathered, &dropped, err)) {
            return false;
        }
        *err = refused;
        return dropped;
    }
    bool first = !attempt->described;
    attempt->described = true;
    return first;
}

static bool
try_round(struct attempt *attempt, enum round_outcome *outcome, struct live_round *figures,
          struct error *err)
{
    struct sync_link *link = attempt->link;
    const struct round_request *request = attempt->request;
    AUTO_GATHERED gathered = {.described = attempt->described};
    attempt->again = false;
    if (!begin_target(attempt, err) || !look_at_target(link, err)) {
        return false;
    }
    if (link->live.state != request->allowed) {
        *outcome = ROUND_NOT_OURS;
        snprintf(link->why, sizeof link->why, "the state is %s",
                 live_state_name(link->live.state));
        return true;
    }
    if (!gather(link, request, &gathered, outcome, err)) {
        return false;
    }
    if (*outcome != ROUND_APPLIED) {
        if (*outcome == ROUND_IDLE) {
            link->fresh_us = gathered.began_us;
        }
        return true;
    }
    int64_t began_us = clock_monotonic_us();
    *figures = round_figures(link, &gathered, 0);
    if (!apply(link, &gathered, figures, attempt->transaction, !request->keep_open, err)) {
        return cope(attempt, &gathered, err);
    }
    *figures = round_figures(link, &gathered, clock_monotonic_us() - began_us);
    take_position(link, &gathered);
    return true;
}

bool
sync_round_forward(struct sync_link *link, const struct round_request *request,
                   struct target_transaction *transaction, enum round_outcome *outcome,
                   struct live_round *figures, struct error *err)
{
    struct attempt attempt = {
        .link = link, .request = request, .transaction = transaction, .again = true};
    link->why[0] = '\0';
    *figures = (struct live_round){0};
    for (int i = 0; attempt.again; i++) {
        if (i == ATTEMPTS_MAX || !try_round(&attempt, outcome, figures, err)) {
            target_transaction_close(transaction);
            link->own_question = NULL; /* a column may be gone */
            return false;
        }
    }
    bool open = request->keep_open && (*outcome == ROUND_APPLIED || *outcome == ROUND_IDLE);
    if (!open) {
        target_transaction_close(transaction);
    }
    return true;
}

/* Records the file's nonce without moving rows. schema_known: the version that rows were read at
 * stays as it is, so that a VACUUM since then is not overlooked. */
static bool
note_nonce(struct sync_link *link, const char *nonce, bool schema_known, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    const struct live_round nothing = {.lag_us = clock_monotonic_us() - link->fresh_us};
    if (!target_begin(&transaction, link->conn, err) || !sync_link_lock(link, err)) {
        return false;
    }
    struct live *live = &link->live;
    live->nonce = arena_strdup(&link->live_memory, nonce);
    live->schema_version = schema_known ? live->schema_version : 0;
    return live_set_position(link->conn, live, &nothing, err) &&
           target_commit(&transaction, err);
}

bool
sync_trim(struct sync_link *link, bool *more, struct error *err)
{
    struct capture_state state;
    char nonce[CAPTURE_ID_SIZE];
    *more = false;
    if (!capture_state_read(&link->writer, false, &state, err)) {
        return false;
    }
    /* The row of the position stays: it is what a restored file is recognised by. */
    if (link->live.seq <= state.first_seq) {
        return true;
    }
    /* The file remembers two nonces: the target must know the newer before there is another. And this
     * commit waits for the disk: what is cut from the log is needed no more. */
    return note_nonce(link, state.nonce, true, err) &&
           capture_trim(&link->writer, link->live.seq - 1, more, nonce, err);
}

bool
sync_reinstall(struct sync_link *link, struct capture_table *tables, struct error *err)
{
    struct capture_state state;
    char id[CAPTURE_ID_SIZE];
    if (!capture_state_read(&link->reader, false, &state, err)) {
        return false;
    }
    return note_nonce(link, state.nonce, false, err) &&
           capture_install(&link->writer, link->catalog, tables, NULL, id, err);
}

bool
sync_cut_full(struct sync_link *link, bool *more, struct error *err)
{
    return capture_cut_full(&link->writer, link->live.seq, more, err);
}

bool
sync_reopen(struct sync_link *link, struct error *err)
{
    struct capture_state state;
    return capture_state_read(&link->reader, false, &state, err) &&
           note_nonce(link, state.nonce, false, err) && capture_reopen(&link->writer, err);
}

bool
sync_make_room(struct sync_link *link, int64_t least, struct error *err)
{
    struct capture_state state;
    return capture_state_read(&link->reader, false, &state, err) &&
           (state.log_cap == 0 || state.full || state.log_limit - state.last_seq > least ||
            capture_cap_follow(&link->writer, link->live.seq, err));
}
