/* orphan_keys.c — see orphan_keys.h. Both sides' keys are compared as the bytes of a binary
 * COPY: those that were sent are those that come back. */
#include "copy/orphan_keys.h"

#include "base/hash.h"
#include "postgres/copy_stream.h"
#include "value/field.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_PER_BATCH = 50000, SLOTS = 131072 /* a power of two, above twice as many */ };

struct orphan_key {
    struct orphan_key *next;
    size_t size;
    bool *taken; /* a row of the source had it, or one of its group */
    uint8_t bytes[];
};

static const struct plan_column *
column_of(const struct orphan_keys *keys, size_t i)
{
    return &keys->table->columns[keys->reference->columns[i]];
}

static void
add_names(struct text *sql, const struct orphan_keys *keys, const char *qualifier)
{
    for (size_t i = 0; i < keys->reference->column_count; i++) {
        text_printf(sql, "%s%s", i == 0 ? "" : ", ", qualifier);
        target_quote_name(sql, column_of(keys, i)->name);
    }
}

/* Keys are told apart as they are written; a collation may take two of them for one. */
static void
add_bytewise(struct text *sql, const struct plan_column *column)
{
    if (column->collation != NULL && !plan_column_is_bytewise(column)) {
        text_add(sql, " COLLATE \"C\"");
    }
}

static void
add_distinct(struct text *sql, const struct orphan_keys *keys)
{
    text_add(sql, "DISTINCT ON (");
    for (size_t i = 0; i < keys->reference->column_count; i++) {
        text_add(sql, i == 0 ? "c." : ", c.");
        target_quote_name(sql, column_of(keys, i)->name);
        add_bytewise(sql, column_of(keys, i));
    }
    text_add(sql, ") ");
}

/* Two collations do not compare; a foreign key goes by the parent's. */
static void
add_collation(struct text *sql, const struct plan_column *parent,
              const struct plan_column *child)
{
    bool both = parent->collation != NULL && child->collation != NULL;
    if (both && strcmp(parent->collation, child->collation) != 0) {
        text_printf(sql, " COLLATE %s", parent->collation);
    }
}

static void
build_find(struct text *sql, const struct orphan_keys *keys)
{
    const struct plan_reference *reference = keys->reference;
    const struct plan_table *parent = &keys->job->plan->tables[reference->parent];
    text_add(sql, "CREATE TEMPORARY TABLE outgrow_orphans ON COMMIT DROP AS SELECT ");
    add_distinct(sql, keys);
    add_names(sql, keys, "c.");
    text_add(sql, " FROM ");
    target_quote_qualified(sql, keys->table->schema, keys->table->name);
    text_add(sql, " c WHERE NOT EXISTS (SELECT FROM ");
    target_quote_qualified(sql, parent->schema, parent->name);
    text_add(sql, " p WHERE ");
    for (size_t i = 0; i < reference->column_count; i++) {
        text_add(sql, i == 0 ? "p." : " AND p.");
        target_quote_name(sql, parent->columns[reference->parent_columns[i]].name);
        text_add(sql, " = c.");
        target_quote_name(sql, column_of(keys, i)->name);
        add_collation(sql, &parent->columns[reference->parent_columns[i]], column_of(keys, i));
    }
    text_add(sql, ")");
    for (size_t i = 0; i < reference->column_count; i++) {
        text_add(sql, " AND c.");
        target_quote_name(sql, column_of(keys, i)->name);
        text_add(sql, " IS NOT NULL");
    }
    text_printf(sql, " LIMIT %d", KEYS_PER_BATCH);
}

static struct orphan_key **
slot_of(const struct orphan_keys *keys, const void *bytes, size_t size)
{
    return &keys->slots[XXH3_64bits(bytes, size) & (keys->slot_count - 1)];
}

static struct orphan_key *
find(const struct orphan_keys *keys, const void *bytes, size_t size)
{
    struct orphan_key *key = *slot_of(keys, bytes, size);
    while (key != NULL && (key->size != size || memcmp(key->bytes, bytes, size) != 0)) {
        key = key->next;
    }
    return key;
}

static struct orphan_key *
remember(struct orphan_keys *keys, const struct text *bytes)
{
    struct orphan_key **slot = slot_of(keys, bytes->bytes, bytes->length);
    struct orphan_key *key = arena_alloc(&keys->memory, sizeof *key + bytes->length);
    key->next = *slot;
    key->size = bytes->length;
    memcpy(key->bytes, bytes->bytes, bytes->length);
    *slot = key;
    keys->count++;
    return key;
}

/* False: it is of no group there is. */
static bool
join_group(struct orphan_keys *keys, struct orphan_key *key, size_t groups,
           const struct copy_field *field, struct error *err)
{
    uint64_t group = 0;
    if (groups == 0) {
        key->taken = arena_alloc(&keys->memory, sizeof *key->taken);
        return true;
    }
    for (int i = 0; i < field->size; i++) {
        group = group << 8 | field->bytes[i];
    }
    if (field->size != sizeof group || group >= groups) {
        return error_set(err, ERROR_INTERNAL, "a key of group %" PRIu64, group);
    }
    key->taken = &keys->groups[group];
    return true;
}

static bool
read_keys(struct orphan_keys *keys, PGconn *conn, size_t groups, struct error *err)
{
    AUTO_COPY_READER reader = {0};
    size_t count = keys->reference->column_count;
    struct copy_field *fields = arena_alloc(&keys->memory, (count + 1) * sizeof *fields);
    if (!copy_reader_begin(&reader, conn, "COPY outgrow_orphans TO STDOUT (FORMAT binary)",
                           err)) {
        return false;
    }
    enum copy_read read;
    while ((read = copy_reader_next(&reader, fields, count + (groups > 0 ? 1 : 0), err)) ==
           COPY_ROW) {
        text_reset(&keys->buffer);
        for (size_t i = 0; i < count; i++) {
            if (fields[i].size < 0) {
                field_null(&keys->buffer);
            } else {
                field_bytes(&keys->buffer, fields[i].bytes, (size_t)fields[i].size);
            }
        }
        if (!join_group(keys, remember(keys, &keys->buffer), groups, &fields[count], err)) {
            return false;
        }
    }
    return read == COPY_END;
}

bool
orphan_keys_read(struct orphan_keys *keys, PGconn *conn, size_t groups, struct error *err)
{
    arena_free(&keys->memory);
    keys->slot_count = SLOTS;
    keys->slots = arena_alloc(&keys->memory, keys->slot_count * sizeof *keys->slots);
    keys->count = 0;
    keys->groups = arena_alloc(&keys->memory, (groups + 1) * sizeof *keys->groups);
    return read_keys(keys, conn, groups, err);
}

bool
orphan_keys_find(struct orphan_keys *keys, PGconn *conn, struct error *err)
{
    AUTO_TEXT sql = {0};
    build_find(&sql, keys);
    return target_execute(conn, text_string(&sql), err) && orphan_keys_read(keys, conn, 0, err);
}

static enum encode_outcome
encode_key(struct orphan_keys *keys, const struct plan_column *column,
           const struct encode_settings *settings, sqlite3_value *value)
{
    struct refusal refusal;
    for (size_t i = 0; keys->copier != NULL && i < keys->copier->column_count; i++) {
        const struct copied_column *copied = &keys->copier->columns[i];
        if (copied->type == &column->type) {
            return copied_column_encode(copied, value, &keys->buffer, &refusal);
        }
    }
    return value_encoder_of(&column->type)(value, &column->type, settings, &keys->buffer,
                                           &refusal);
}

/* NULL: its key is none of these. */
static struct orphan_key *
key_of(struct orphan_keys *keys, const struct scan *scan)
{
    const struct encode_settings settings = {.utf16 = keys->job->utf16,
                                             .bad_text = keys->job->bad_text};
    text_reset(&keys->buffer);
    for (size_t i = 0; i < keys->reference->column_count; i++) {
        const struct plan_column *column = column_of(keys, i);
        if (encode_key(keys, column, &settings,
                       scan_value(scan, (size_t)column->source_position)) == ENCODE_REFUSED) {
            return NULL;
        }
    }
    return find(keys, keys->buffer.bytes, keys->buffer.length);
}

bool
orphan_keys_hold(struct orphan_keys *keys, const struct scan *scan)
{
    return key_of(keys, scan) != NULL;
}

bool
orphan_keys_take(struct orphan_keys *keys, const struct scan *scan, bool *first)
{
    struct orphan_key *key = key_of(keys, scan);
    *first = key != NULL && !*key->taken;
    if (key != NULL) {
        *key->taken = true;
    }
    return key != NULL;
}

bool
orphan_keys_remove(const struct orphan_keys *keys, PGconn *conn, uint64_t *count,
                   struct error *err)
{
    const struct plan_reference *reference = keys->reference;
    bool set_null = reference->orphans == ORPHANS_NULL;
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    text_add(&sql, set_null ? "UPDATE " : "DELETE FROM ");
    target_quote_qualified(&sql, keys->table->schema, keys->table->name);
    text_add(&sql, set_null ? " c SET " : " c USING outgrow_orphans o WHERE ");
    bool any = false;
    for (size_t i = 0; set_null && i < reference->column_count; i++) {
        if (plan_column_takes_null(column_of(keys, i))) {
            text_add(&sql, any ? ", " : "");
            target_quote_name(&sql, column_of(keys, i)->name);
            text_add(&sql, " = NULL");
            any = true;
        }
    }
    text_add(&sql, set_null ? " FROM outgrow_orphans o WHERE " : "");
    for (size_t i = 0; i < reference->column_count; i++) {
        text_add(&sql, i == 0 ? "c." : " AND c.");
        target_quote_name(&sql, column_of(keys, i)->name);
        bool null = reference->nulls_match && !column_of(keys, i)->not_null;
        text_add(&sql, null ? " IS NOT DISTINCT FROM o." : " = o.");
        target_quote_name(&sql, column_of(keys, i)->name);
        add_bytewise(&sql, column_of(keys, i));
    }
    if (!target_query(conn, text_string(&sql), NULL, 0, &result, err)) {
        return false;
    }
    *count = strtoull(PQcmdTuples(result), NULL, 10);
    return true;
}

void
orphan_keys_free(struct orphan_keys *keys)
{
    arena_free(&keys->memory);
    text_free(&keys->buffer);
}
