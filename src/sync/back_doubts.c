/* back_doubts.c — the server writes a jsonb document in its own way, so it alone can say whether
 * a text of the source is the same document. It is asked behind the COPY, about many at once. */
#include "sync/back_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BATCH_BYTES = 256 * 1024, BATCH_ROWS = 500 };

enum { LENGTH_SIZE = 4, JSONB_TEXT = 1 /* in a field: behind the version */ };

/* Of the temporary table; the parts of the key come last. */
enum { DOUBT_ID, DOUBT_SAME, DOUBT_COLUMN, DOUBT_OLD, DOUBT_SENT, DOUBT_NEW, DOUBT_KEY };

struct back_doubts {
    struct source *source;
    const struct back_shape *shape;
    sqlite3_stmt *note;
    struct text sent; /* what the target would be sent for the value at hand */
    char table[48];
};

static bool
has_jsonb(const struct back_shape *shape)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        if (shape->columns[i].plan->type.kind == TYPE_JSONB) {
            return true;
        }
    }
    return false;
}

bool
back_doubts_open(struct source *source, const struct back_shape *shape, struct arena *arena,
                 struct back_doubts **out, struct error *err)
{
    AUTO_TEXT create = {0};
    AUTO_TEXT insert = {0};
    *out = NULL;
    if (!has_jsonb(shape)) {
        return true;
    }
    struct back_doubts *doubts = arena_alloc(arena, sizeof *doubts);
    *doubts = (struct back_doubts){.source = source, .shape = shape};
    snprintf(doubts->table, sizeof doubts->table, "temp.outgrow_doubts_%" PRId64,
             shape->live->capture->id);
    text_printf(&create, "CREATE TABLE %s (id INTEGER PRIMARY KEY, same, c, old, sent, new",
                doubts->table);
    text_printf(&insert, "INSERT INTO %s VALUES (NULL, 0, ?1, ?2, ?3, ?4", doubts->table);
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(&create, ", k%zu", i);
        text_printf(&insert, ", ?%zu", i + 5);
    }
    text_add(&create, ")");
    text_add(&insert, ")");
    *out = doubts;
    return back_execute(source, text_string(&create), err) &&
           back_prepare(source, &insert, &doubts->note, err);
}

/* A text that makes no document was never sent: it is another than any, and not to be asked about. */
bool
back_doubts_concern(struct back_doubts *doubts, size_t column, sqlite3_value *old,
                    const struct copy_field *field)
{
    struct refusal refusal;
    if (doubts == NULL || doubts->shape->columns[column].plan->type.kind != TYPE_JSONB ||
        sqlite3_value_type(old) != SQLITE_TEXT || field->size <= JSONB_TEXT) {
        return false;
    }
    text_reset(&doubts->sent);
    return copied_column_encode(doubts->shape->columns[column].copied, old, &doubts->sent,
                                &refusal) != ENCODE_REFUSED &&
           doubts->sent.length > LENGTH_SIZE + JSONB_TEXT;
}

bool
back_doubts_note(struct back_doubts *doubts, size_t column, sqlite3_value *old,
                 const struct copy_field *field, const struct sqlite_value *key,
                 struct error *err)
{
    const size_t before = LENGTH_SIZE + JSONB_TEXT;
    sqlite3_bind_int64(doubts->note, 1, (int64_t)column);
    sqlite3_bind_value(doubts->note, 2, old);
    sqlite3_bind_text(doubts->note, 3, doubts->sent.bytes + before,
                      (int)(doubts->sent.length - before), SQLITE_STATIC);
    sqlite3_bind_text(doubts->note, 4, (const char *)field->bytes + JSONB_TEXT,
                      field->size - JSONB_TEXT, SQLITE_STATIC);
    for (size_t i = 0; i < back_key_count(doubts->shape); i++) {
        sqlite_value_bind(doubts->note, (int)i + 5, &key[i]);
    }
    return back_run(doubts->source, doubts->note, err);
}

/* ---- the server's word ---- */

struct batch {
    PGconn *conn;
    sqlite3_stmt *mark;
    struct text sent;
    struct text new;
    struct text ids; /* int64_t each */
};

static bool
ask_batch(struct back_doubts *doubts, struct batch *batch, struct error *err)
{
    AUTO_RESULT *result = NULL;
    size_t count = batch->ids.length / sizeof(int64_t);
    if (count == 0) {
        return true;
    }
    const char *const parameters[] = {target_array_end(&batch->sent),
                                      target_array_end(&batch->new)};
    if (!target_query(batch->conn,
                      "SELECT u.sent::jsonb = u.new::jsonb FROM ROWS FROM ("
                      "pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]))"
                      " WITH ORDINALITY AS u (sent, new, i) ORDER BY u.i",
                      parameters, 2, &result, err)) {
        return error_wrap(err, "compare documents");
    }
    for (size_t i = 0; i < count; i++) {
        int64_t id;
        memcpy(&id, batch->ids.bytes + i * sizeof id, sizeof id);
        sqlite3_bind_int64(batch->mark, 1, id);
        if (target_is_true(result, (int)i, 0) && !back_run(doubts->source, batch->mark, err)) {
            return false;
        }
    }
    text_reset(&batch->sent);
    text_reset(&batch->new);
    text_reset(&batch->ids);
    return true;
}

static bool
ask_all(struct back_doubts *doubts, struct batch *batch, struct error *err)
{
    AUTO_STATEMENT *rows = NULL;
    AUTO_TEXT sql = {0};
    int code;
    text_printf(&sql, "SELECT id, sent, new FROM %s", doubts->table);
    if (!back_prepare(doubts->source, &sql, &rows, err)) {
        return false;
    }
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(rows, 0);
        text_add_bytes(&batch->ids, &id, sizeof id);
        target_array_add(&batch->sent, (const char *)sqlite3_column_text(rows, 1));
        target_array_add(&batch->new, (const char *)sqlite3_column_text(rows, 2));
        bool full = batch->sent.length + batch->new.length > BATCH_BYTES ||
                    batch->ids.length >= BATCH_ROWS * sizeof id;
        if (full && !ask_batch(doubts, batch, err)) {
            return false;
        }
    }
    return code == SQLITE_DONE ? ask_batch(doubts, batch, err)
                               : source_failed(doubts->source, err, "list documents");
}

static bool
tell_all(struct back_doubts *doubts, back_doubt_judge *judge, void *context, struct error *err)
{
    AUTO_STATEMENT *rows = NULL;
    AUTO_TEXT sql = {0};
    AUTO_ARENA memory = {0};
    int code;
    size_t keys = back_key_count(doubts->shape);
    struct sqlite_value *key = arena_alloc(&memory, keys * sizeof *key);
    text_printf(&sql, "SELECT * FROM %s", doubts->table);
    if (!back_prepare(doubts->source, &sql, &rows, err)) {
        return false;
    }
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        for (size_t i = 0; i < keys; i++) {
            back_value_borrow(sqlite3_column_value(rows, DOUBT_KEY + (int)i), &key[i]);
        }
        const struct back_doubt doubt = {
            .column = (size_t)sqlite3_column_int64(rows, DOUBT_COLUMN),
            .old = sqlite3_column_value(rows, DOUBT_OLD),
            .new = sqlite3_column_value(rows, DOUBT_NEW),
            .key = key,
            .same = sqlite3_column_int(rows, DOUBT_SAME) != 0,
        };
        if (!judge(context, &doubt, err)) {
            return false;
        }
    }
    return code == SQLITE_DONE || source_failed(doubts->source, err, "list documents");
}

bool
back_doubts_settle(struct back_doubts *doubts, PGconn *conn, back_doubt_judge *judge,
                   void *context, struct error *err)
{
    struct batch batch = {.conn = conn};
    AUTO_TEXT sql = {0};
    if (doubts == NULL) {
        return true;
    }
    text_printf(&sql, "UPDATE %s SET same = 1 WHERE id = ?1", doubts->table);
    bool good = back_prepare(doubts->source, &sql, &batch.mark, err) &&
                ask_all(doubts, &batch, err) && tell_all(doubts, judge, context, err);
    sqlite3_finalize(batch.mark);
    text_free(&batch.sent);
    text_free(&batch.new);
    text_free(&batch.ids);
    return good;
}

void
back_doubts_close(struct back_doubts *doubts)
{
    AUTO_TEXT sql = {0};
    if (doubts == NULL) {
        return;
    }
    sqlite3_finalize(doubts->note);
    doubts->note = NULL;
    text_free(&doubts->sent);
    text_printf(&sql, "DROP TABLE IF EXISTS %s", doubts->table);
    back_tidy(doubts->source, text_string(&sql));
}
