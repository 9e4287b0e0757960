/* doors.c — foreign keys and sequences change with the primary; see doors.h. */
#include "cutover/doors.h"

#include "sqlite/scan.h"

#include <inttypes.h>

static const struct plan_step *
step_of(const struct plan *plan, const char *id)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].phase == PHASE_FOREIGN_KEYS && strcmp(plan->steps[i].id, id) == 0) {
            return &plan->steps[i];
        }
    }
    return NULL;
}

/* "ALTER TABLE s.t VALIDATE CONSTRAINT c", which is how the plan writes it: the parts. */
struct constraint_words {
    const char *alter; /* "ALTER TABLE s.t" */
    const char *table; /* "s.t" */
    const char *name;  /* "c", quoted as needed */
};

static bool
constraint_words(struct arena *arena, const struct plan *plan, const struct plan_step *step,
                 struct constraint_words *words)
{
    static const char between[] = " VALIDATE CONSTRAINT ";
    if (step->table < 0 || step->validate_sql == NULL) {
        return false;
    }
    AUTO_TEXT alter = {0};
    text_add(&alter, "ALTER TABLE ");
    size_t start = alter.length;
    target_quote_qualified(&alter, plan->tables[step->table].schema,
                           plan->tables[step->table].name);
    if (strncmp(step->validate_sql, alter.bytes, alter.length) != 0 ||
        strncmp(step->validate_sql + alter.length, between, sizeof between - 1) != 0) {
        return false;
    }
    words->alter = arena_strdup(arena, alter.bytes);
    words->table = words->alter + start;
    words->name = step->validate_sql + alter.length + sizeof between - 1;
    return true;
}

/* The catalog's name as it is written, so that both are quoted alike. */
static bool
constraint_exists(PGconn *conn, const struct constraint_words *words, bool *exists,
                  struct error *err)
{
    AUTO_RESULT *result = NULL;
    const char *const parameters[] = {words->table};
    *exists = false;
    if (!target_query(conn,
                      "SELECT conname FROM pg_catalog.pg_constraint WHERE contype = 'f'"
                      " AND conrelid = pg_catalog.to_regclass($1)",
                      parameters, 1, &result, err)) {
        return false;
    }
    for (int i = 0; i < PQntuples(result) && !*exists; i++) {
        AUTO_TEXT quoted = {0};
        target_quote_name(&quoted, PQgetvalue(result, i, 0));
        *exists = strcmp(quoted.bytes, words->name) == 0;
    }
    return true;
}

/* Whether the plan says what becomes of rows that break it, so that it can be proven at the
 * switch. */
static bool
is_settled(const struct plan *final, const struct plan_step *step)
{
    for (size_t i = 0; final != NULL && i < final->reference_count; i++) {
        const char *own = strchr(step->id + sizeof "foreign key" - 1, ' ');
        const char *reference = strchr(final->references[i].id, ' ');
        if (own != NULL && reference != NULL && strcmp(own, reference) == 0) {
            return true;
        }
    }
    return false;
}

static const char *
swap_sql(struct arena *arena, const struct constraint_words *words, const char *add)
{
    return arena_printf(arena, "%s DROP CONSTRAINT IF EXISTS %s;\n%s;\n", words->alter,
                        words->name, add);
}

/* Whether the initial copy has made it. */
static bool
was_made(const PGresult *made, const char *id)
{
    for (int i = 0; i < PQntuples(made); i++) {
        if (strcmp(PQgetvalue(made, i, 0), id) == 0) {
            return true;
        }
    }
    return false;
}

struct preparing {
    PGconn *conn;
    const struct plan *live;
    const struct plan *final; /* NULL: what they become is not wanted */
    const PGresult *made;     /* steps of the initial copy */
    struct arena *arena;
    struct doors *doors;
};

static bool
prepare_one(const struct preparing *preparing, const struct plan_step *is,
            const struct plan_step *becomes, struct error *err)
{
    struct constraint_words words;
    struct doors *doors = preparing->doors;
    bool exists = false;
    bool settled = is_settled(preparing->final, is);
    if ((becomes == NULL && preparing->final != NULL) ||
        !constraint_words(preparing->arena, preparing->live, is, &words)) {
        return true;
    }
    if (!constraint_exists(preparing->conn, &words, &exists, err)) {
        return false;
    }
    bool equal = becomes != NULL && strcmp(is->sql, becomes->sql) == 0;
    bool all = preparing->final != NULL && preparing->final->reference_count > 0;
    if (exists ? equal && !all : !was_made(preparing->made, is->id)) {
        return true;
    }
    size_t i = doors->count++;
    doors->to_final[i] = becomes == NULL ? NULL
                                         : swap_sql(preparing->arena, &words, becomes->sql);
    doors->drop[i] = arena_printf(preparing->arena, "%s DROP CONSTRAINT IF EXISTS %s",
                                  words.alter, words.name);
    doors->to_live[i] = swap_sql(preparing->arena, &words, is->sql);
    doors->validate[i] = is->validate_sql;
    if (!exists && !settled) {
        doors->lost[doors->lost_count++] = arena_printf(preparing->arena, "%s of %s",
                                                        words.name, words.table);
    }
    return true;
}

static bool
load_made(struct sync_link *link, PGresult **made, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql,
                "SELECT step FROM outgrow.steps WHERE state IN ('done', 'not valid')"
                " AND run_id = %" PRId64,
                link->live.run_id);
    return target_query(link->conn, text_string(&sql), NULL, 0, made, err);
}

bool
doors_prepare(struct sync_link *link, const struct plan *final, struct arena *arena,
              struct doors *doors, struct error *err)
{
    AUTO_RESULT *made = NULL;
    const struct plan *live = link->plan;
    size_t size = (live->step_count + 1) * sizeof(char *);
    *doors = (struct doors){.to_final = arena_alloc(arena, size),
                            .to_live = arena_alloc(arena, size),
                            .drop = arena_alloc(arena, size),
                            .validate = arena_alloc(arena, size),
                            .lost = arena_alloc(arena, size)};
    doors->arena = arena;
    if (live->existing) {
        return detach_pending(link->conn, arena, link->live.run_id, &doors->detached,
                              &doors->detached_count, err);
    }
    if (!load_made(link, &made, err)) {
        return error_wrap(err, "look up the initial copy's foreign keys");
    }
    const struct preparing preparing = {link->conn, live, final, made, arena, doors};
    for (size_t i = 0; i < live->step_count; i++) {
        const struct plan_step *step = &live->steps[i];
        if (step->phase == PHASE_FOREIGN_KEYS &&
            !prepare_one(&preparing, step, final == NULL ? NULL : step_of(final, step->id),
                         err)) {
            return error_wrap(err, "look at the target's foreign keys");
        }
    }
    return true;
}

static bool
swap_all(PGconn *conn, const char *const *statements, size_t count, struct error *err)
{
    AUTO_TEXT sql = {0};
    for (size_t i = 0; i < count; i++) {
        text_add(&sql, statements[i]);
    }
    return count == 0 || target_execute(conn, text_string(&sql), err) ||
           error_wrap(err, "change the foreign keys");
}

/* The counter of an AUTOINCREMENT table; 0 when it keeps none. */
static bool
read_counter(struct source *source, const char *table, int64_t *counter, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    *counter = 0;
    if (sqlite3_prepare_v2(source->handle, "SELECT seq FROM sqlite_sequence WHERE name = ?1",
                           -1, &statement, NULL) != SQLITE_OK) {
        return true; /* no table of this file is AUTOINCREMENT */
    }
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *counter = sqlite3_column_int64(statement, 0);
    }
    return code == SQLITE_ROW || code == SQLITE_DONE ||
           source_failed(source, err, "read the counter of table \"%s\"", table);
}

/* The last number that SQLite has given out, also to a row that was set aside: one of its number,
 * made in PostgreSQL, would take its place on the way back. 0: none. */
static bool
last_given_out(struct source *source, const struct source_table *table, int64_t *last,
               struct error *err)
{
    int64_t counter = 0;
    if (!scan_largest_rowid(source, table, last, err) ||
        !read_counter(source, table->name.text, &counter, err)) {
        return false;
    }
    *last = counter > *last ? counter : *last;
    return true;
}

/* Never backwards: it may have been drawn from; nor beyond what it can give. */
static void
add_setval(struct text *sql, const struct plan_table *table, const struct plan_column *column,
           int64_t last)
{
    AUTO_TEXT qualified = {0};
    AUTO_TEXT name = {0};
    target_quote_qualified(&qualified, table->schema, table->name);
    target_quote_name(&name, column->name);
    text_add(sql, "WITH s AS MATERIALIZED (SELECT pg_catalog.pg_get_serial_sequence(");
    target_quote_literal(sql, qualified.bytes);
    text_add(sql, ", ");
    target_quote_literal(sql, column->name);
    text_printf(sql,
                ")::regclass AS oid) SELECT pg_catalog.setval(s.oid, LEAST(q.seqmax,"
                " GREATEST((SELECT max(%s) FROM %s), %" PRId64
                ", 1, pg_catalog.pg_sequence_last_value(s.oid))), true)"
                " FROM s JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid;\n",
                name.bytes, qualified.bytes, last);
}

static bool
set_sequences(PGconn *conn, const struct plan *plan, struct source *source, struct error *err)
{
    AUTO_TEXT sql = {0};
    for (size_t t = 0; t < plan->table_count; t++) {
        const struct plan_table *table = &plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            int64_t last = 0;
            if (!table->columns[c].identity) {
                continue;
            }
            if (!last_given_out(source, table->source, &last, err)) {
                return false;
            }
            add_setval(&sql, table, &table->columns[c], last);
        }
    }
    return sql.length == 0 || target_execute(conn, text_string(&sql), err) ||
           error_wrap(err, "set the sequences");
}

/* Existing columns may draw from a sequence that is not theirs, which the plan knows. */
static bool
set_other_sequences(PGconn *conn, const struct plan *plan, struct error *err)
{
    for (size_t i = 0; plan->existing && i < plan->step_count; i++) {
        if (plan->steps[i].phase == PHASE_SEQUENCES &&
            !target_execute(conn, plan->steps[i].sql, err)) {
            return error_wrap(err, "set the %s", plan->steps[i].id);
        }
    }
    return true;
}

bool
doors_to_target(PGconn *conn, const struct doors *doors, const struct plan *plan,
                struct source *source, struct error *err)
{
    return set_sequences(conn, plan, source, err) && set_other_sequences(conn, plan, err) &&
           swap_all(conn, doors->to_final, doors->count, err) &&
           detach_restore_in_transaction(conn, doors->arena, doors->detached,
                                         doors->detached_count, err);
}

static bool
find_oids(struct sync_link *link, uint32_t *oids, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    for (size_t i = 0; i < link->table_count; i++) {
        AUTO_TEXT name = {0};
        target_quote_qualified(&name, link->tables[i].plan->schema, link->tables[i].plan->name);
        text_add(&sql, i == 0 ? "SELECT " : ", ");
        target_quote_literal(&sql, text_string(&name));
        text_add(&sql, "::pg_catalog.regclass::oid");
    }
    if (link->table_count > 0 &&
        !target_query(link->conn, text_string(&sql), NULL, 0, &result, err)) {
        return error_wrap(err, "look up the target's tables");
    }
    for (size_t i = 0; i < link->table_count; i++) {
        oids[i] = (uint32_t)target_number(result, 0, (int)i);
    }
    return true;
}

bool
doors_to_source(struct sync_link *link, const struct doors *doors, struct error *err)
{
    if (!link->plan->existing) {
        return swap_all(link->conn, doors->to_live, doors->count, err);
    }
    uint32_t *oids = arena_alloc(doors->arena, (link->table_count + 1) * sizeof *oids);
    const struct detach_request request = {
        .run_id = link->live.run_id, .tables = oids, .table_count = link->table_count};
    return find_oids(link, oids, err) && detach_in_transaction(link->conn, &request, err);
}

bool
doors_try(PGconn *conn, const struct doors *doors, const char **refused, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    struct error why;
    *refused = NULL;
    if (doors->detached_count == 0) {
        return true;
    }
    if (!target_begin(&transaction, conn, err) ||
        !target_execute(conn, "SET LOCAL lock_timeout = '2s'", err)) {
        return false;
    }
    if (!detach_restore_in_transaction(conn, doors->arena, doors->detached,
                                       doors->detached_count, &why)) {
        *refused = arena_strdup(doors->arena, why.message);
    }
    return PQstatus(conn) == CONNECTION_OK || (*err = why, false);
}

/* Behind the commit: a foreign key that its rows break holds for new ones. */
static bool
prove(PGconn *conn, const char *validate_sql, size_t *unproven, struct error *err)
{
    struct error refused;
    if (target_execute(conn, validate_sql, &refused)) {
        return true;
    }
    if (strcmp(refused.sqlstate, "23503") != 0) {
        *err = refused;
        return error_wrap(err, "prove the foreign keys");
    }
    (*unproven)++;
    return true;
}

static bool
validate_detached(PGconn *conn, const struct doors *doors, size_t *unproven, struct error *err)
{
    for (size_t i = 0; i < doors->detached_count; i++) {
        const struct detached *item = &doors->detached[i];
        bool is_back = item->state == DETACHED_RESTORED && item->message == NULL;
        if (is_back && item->validate_sql != NULL &&
            !prove(conn, item->validate_sql, unproven, err)) {
            return false;
        }
    }
    return true;
}

bool
doors_validate(PGconn *conn, const struct doors *doors, size_t *unproven, struct error *err)
{
    *unproven = 0;
    for (size_t i = 0; i < doors->count; i++) {
        if (!prove(conn, doors->validate[i], unproven, err)) {
            return false;
        }
    }
    return validate_detached(conn, doors, unproven, err);
}
