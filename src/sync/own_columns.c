/* own_columns.c — which columns only the target has: somebody may add one at any time. */
#include "sync/forward_internal.h"
#include "sync/own.h"

#include <stdlib.h>
#include <string.h>

/* Columns of the relations $1, in the order of these. */
static const char columns_sql[] =
    "SELECT t.n - 1, c.oid, a.attname, a.attgenerated <> ''"
    " FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS t (name, n)"
    " JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(t.name)"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
    " AND NOT a.attisdropped ORDER BY t.n, a.attnum";
enum { COLUMN_TABLE, COLUMN_RELATION, COLUMN_NAME, COLUMN_GENERATED };

/* Added, dropped, renamed, of another type: the sum is another one. */
static const char question_sql[] =
    "SELECT pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.sum("
    "pg_catalog.hashtext(a.attname::text)::bigint # (a.atttypid::bigint << 8) # a.atttypmod))"
    " FROM pg_catalog.pg_attribute AS a WHERE a.attnum > 0 AND NOT a.attisdropped"
    " AND a.attrelid = ANY ('{";

const char *
own_columns_question(const struct sync_link *link)
{
    return link->own_question == NULL ? "NULL" : link->own_question;
}

static bool
is_filled_by_us(const struct plan_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return !table->columns[i].constant;
        }
    }
    return false;
}

static void
add_column(struct sync_link *link, const PGresult *columns, int row)
{
    size_t index = target_number(columns, row, COLUMN_TABLE);
    struct live_table *table = &link->tables[index];
    const char *name = PQgetvalue(columns, row, COLUMN_NAME);
    bool generated = target_is_true(columns, row, COLUMN_GENERATED);
    if (!generated && !is_filled_by_us(table->plan, name)) {
        *ARENA_APPEND(&link->own_memory, table->own,
                      table->own_count) = arena_strdup(&link->own_memory, name);
    }
}

static uint32_t
tag_of(const char *answer)
{
    uint32_t tag = UINT32_C(0x811c9dc5);
    for (const char *at = answer; *at != '\0'; at++) { /* FNV-1a */
        tag = (tag ^ (uint8_t)*at) * UINT32_C(0x01000193);
    }
    return tag;
}

static void
write_question(struct sync_link *link, const PGresult *columns)
{
    AUTO_TEXT sql = {0};
    const char *last = "";
    text_add(&sql, question_sql);
    for (int row = 0; row < PQntuples(columns); row++) {
        const char *relation = PQgetvalue(columns, row, COLUMN_RELATION);
        if (strcmp(relation, last) != 0) {
            text_printf(&sql, "%s%s", last[0] == '\0' ? "" : ",", relation);
        }
        last = relation;
    }
    text_add(&sql, "}'::pg_catalog.oid[])");
    link->own_question = arena_strdup(&link->own_memory, text_string(&sql));
}

static bool
list_columns(struct sync_link *link, PGresult **columns, struct error *err)
{
    AUTO_TEXT names = {0};
    for (size_t i = 0; i < link->table_count; i++) {
        AUTO_TEXT name = {0};
        target_quote_qualified(&name, link->tables[i].plan->schema, link->tables[i].plan->name);
        target_array_add(&names, text_string(&name));
    }
    const char *const parameters[] = {target_array_end(&names)};
    return target_query(link->conn, columns_sql, parameters, 1, columns, err);
}

static bool
ask(struct sync_link *link, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(link->conn, link->own_question, NULL, 0, &result, err)) {
        return false;
    }
    link->own_answer = arena_strdup(&link->own_memory, PQgetvalue(result, 0, 0));
    for (size_t i = 0; i < link->table_count; i++) {
        link->tables[i].own_tag = tag_of(link->own_answer);
    }
    return true;
}

static bool
look_anew(struct sync_link *link, struct error *err)
{
    AUTO_RESULT *columns = NULL;
    if (!list_columns(link, &columns, err)) {
        return false;
    }
    arena_free(&link->own_memory);
    link->own_question = NULL;
    for (size_t i = 0; i < link->table_count; i++) {
        link->tables[i].own = NULL;
        link->tables[i].own_count = 0;
    }
    for (int row = 0; row < PQntuples(columns); row++) {
        add_column(link, columns, row);
    }
    write_question(link, columns);
    return ask(link, err);
}

bool
own_columns_look(struct sync_link *link, const char *answer, struct error *err)
{
    bool known = link->own_question != NULL && answer != NULL &&
                 strcmp(answer, link->own_answer) == 0;
    return known || look_anew(link, err) ||
           error_wrap(err, "look which columns the target's tables have");
}

const char *
own_key_cast(const struct plan_column *key)
{
    return key->type.kind == TYPE_JSON || key->type.kind == TYPE_CITEXT ? "::text" : "";
}

bool
sync_own_columns(struct sync_link *link, struct arena *arena, const char *const **names,
                 size_t *count, struct error *err)
{
    const char **found = NULL;
    *count = 0;
    if (!own_columns_look(link, NULL, err)) {
        return false;
    }
    for (size_t t = 0; t < link->table_count; t++) {
        const struct live_table *table = &link->tables[t];
        for (size_t i = 0; i < table->own_count; i++) {
            *ARENA_APPEND(arena, found, *count) = arena_printf(
                arena, "%s.%s.%s", table->plan->schema, table->plan->name, table->own[i]);
        }
    }
    *names = found;
    return true;
}
