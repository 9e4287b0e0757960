/* sequences.c — see sequences.h. */
#include "heal/sequences.h"

#include "base/json.h"
#include "base/text.h"
#include "postgres/target.h"

#include <string.h>

/* Of columns that hold numbers: what "behind" means for others nobody can tell. */
#define OWNED                                                                                  \
    " FROM pg_class s JOIN pg_namespace sn ON sn.oid = s.relnamespace"                         \
    " JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass"                \
    " AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"                     \
    " AND d.refobjsubid > 0"                                                                   \
    " JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace"     \
    " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid"                  \
    " WHERE s.relkind = 'S' AND n.nspname <> 'outgrow' AND ($1::oid IS NULL OR t.oid = $1)"    \
    " AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype,"                   \
    " 'numeric'::regtype)"

/* No other relation is asked for a sequence's rights: that would be an error. */
#define READABLE                                                                               \
    "(has_table_privilege(t.oid, 'SELECT') AND CASE WHEN s.relkind = 'S' THEN"                 \
    " has_sequence_privilege(s.oid, 'SELECT') END)"

static const char owned_sql[] =
    "SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (SELECT n.nspname AS schema,"
    " t.relname AS table, a.attname AS column, sn.nspname AS sequence_schema,"
    " s.relname AS sequence" OWNED " AND " READABLE
    " ORDER BY n.nspname, t.relname LIMIT 200) x";

static const char unreadable_sql[] = "SELECT count(*)" OWNED " AND NOT " READABLE;

/* Only of sequences that count up. The next number may be one that no bigint holds. */
static void
add_comparison(struct text *sql, const json_t *owned)
{
    text_add(
        sql,
        "SELECT CASE WHEN m.max >= CASE WHEN s.is_called THEN s.last_value::numeric + "
        "i.seqincrement"
        " ELSE s.last_value END AND i.seqincrement > 0 THEN json_build_object('last_value',"
        " s.last_value, 'max', m.max) END FROM ");
    target_quote_qualified(sql, json_member_text(owned, "sequence_schema"),
                           json_member_text(owned, "sequence"));
    text_add(sql, " s, (SELECT max(");
    target_quote_name(sql, json_member_text(owned, "column"));
    text_add(sql, ")::numeric AS max FROM ");
    target_quote_qualified(sql, json_member_text(owned, "schema"),
                           json_member_text(owned, "table"));
    text_add(sql, ") m, pg_catalog.pg_sequence i WHERE i.seqrelid = ");
    AUTO_TEXT name = {0};
    target_quote_qualified(&name, json_member_text(owned, "sequence_schema"),
                           json_member_text(owned, "sequence"));
    target_quote_literal(sql, name.bytes);
    text_add(sql, "::pg_catalog.regclass");
}

static bool
compare_one(struct database_lease *lease, json_t *owned, json_t *behind, struct error *err)
{
    AUTO_TEXT sql = {0};
    add_comparison(&sql, owned);
    json_t *found = NULL;
    if (!database_ask_json(lease, sql.bytes, NULL, 0, &found, err)) {
        return error_wrap(err, "compare sequence %s", json_member_text(owned, "sequence"));
    }
    if (json_is_object(found)) {
        json_object_update(owned, found);
        json_array_append(behind, owned);
    }
    json_decref(found);
    return true;
}

static bool
compare_all(struct database_lease *lease, json_t *list, json_t *behind, struct error *err)
{
    size_t i;
    json_t *owned;
    json_array_foreach(list, i, owned)
    {
        if (!compare_one(lease, owned, behind, err)) {
            return false;
        }
    }
    return true;
}

bool
sequences_behind(struct database_lease *lease, const char *table_oid, json_t **behind,
                 int *unreadable, struct error *err)
{
    json_t *list = NULL;
    json_t *hidden = NULL;
    if (!database_ask_json(lease, owned_sql, &table_oid, 1, &list, err)) {
        return error_wrap(err, "list the sequences");
    }
    if (!database_ask_json(lease, unreadable_sql, &table_oid, 1, &hidden, err)) {
        json_decref(list);
        return false;
    }
    *unreadable = (int)json_integer_value(hidden);
    *behind = json_array();
    bool good = compare_all(lease, list, *behind, err);
    json_decref(list);
    json_decref(hidden);
    if (!good) {
        json_decref(*behind);
        *behind = NULL;
    }
    return good;
}
