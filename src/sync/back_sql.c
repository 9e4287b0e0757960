/* back_sql.c — SQL for the target: what logs a change, and what reads the rows that changed. */
#include "sync/back_internal.h"

#include <inttypes.h>
#include <string.h>

const char back_not_ours_sql[] =
    "(pg_catalog.current_setting('outgrow.applying', true) IS DISTINCT FROM 'on')";

void
back_function_name(struct text *sql, int64_t live_id, int64_t table_id)
{
    text_printf(sql, "outgrow.back_%" PRId64 "_%" PRId64, live_id, table_id);
}

/* ARRAY[row.id::text, ...]; without a row: the columns alone. */
static void
add_key_array(struct text *sql, const struct live_table *table, const char *row)
{
    text_add(sql, "ARRAY[");
    for (size_t i = 0; i < table->key_count; i++) {
        text_printf(sql, "%s%s.", i == 0 ? "" : ", ", row);
        target_quote_name(sql, table->plan->columns[table->key_fields[i]].name);
        text_add(sql, "::pg_catalog.text");
    }
    text_add(sql, "]");
}

/* Settings of the application's session that the text of a key would depend on. */
static void
add_key_settings(struct text *sql, const struct live_table *table)
{
    bool moments = false;
    bool intervals = false;
    bool reals = false;
    bool bytes = false;
    for (size_t i = 0; i < table->key_count; i++) {
        enum type_kind kind = table->plan->columns[table->key_fields[i]].type.kind;
        moments |= kind == TYPE_DATE || kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ;
        intervals |= kind == TYPE_INTERVAL;
        reals |= kind == TYPE_DOUBLE || kind == TYPE_REAL;
        bytes |= kind == TYPE_BYTEA;
    }
    text_add(sql, moments ? " SET datestyle = 'ISO, YMD' SET timezone = 'UTC'" : "");
    text_add(sql, intervals ? " SET intervalstyle = 'postgres'" : "");
    text_add(sql, reals ? " SET extra_float_digits = 3" : "");
    text_add(sql, bytes ? " SET bytea_output = 'hex'" : "");
}

/* INSERT INTO the log ... SELECT, to be followed by FROM and AS l. */
static void
add_insert(struct text *sql, int64_t live_id, const struct live_table *table, const char *key)
{
    text_printf(sql,
                "INSERT INTO outgrow.back_log (live_id, t, n, k) SELECT %" PRId64 ", %" PRId64
                ", nextval('outgrow.back_n_%" PRId64 "'), %s",
                live_id, table->capture->id, live_id, key);
}

/* Once for the statement, and not of its snapshot: postgres/back_room.h. */
static void
add_unless_full(struct text *sql, int64_t live_id)
{
    text_printf(sql, " WHERE NOT (SELECT f.is_called FROM outgrow.back_full_%" PRId64 " AS f)",
                live_id);
}

static void
add_keys_of(struct text *sql, const struct live_table *table, const char *transition)
{
    text_add(sql, "SELECT ");
    add_key_array(sql, table, transition);
    text_printf(sql, " AS k FROM %s", transition);
}

/* old NULL: of one transition table only. Each key once. */
static void
add_rows_of(struct text *sql, int64_t live_id, const struct live_table *table, const char *old,
            const char *transition)
{
    add_insert(sql, live_id, table, "l.k");
    text_add(sql, " FROM (");
    if (old != NULL) {
        add_keys_of(sql, table, old);
        text_add(sql, " UNION ");
    } else {
        text_add(sql, "SELECT DISTINCT m.k FROM (");
    }
    add_keys_of(sql, table, transition);
    text_add(sql, old != NULL ? ") AS l" : ") AS m) AS l");
    add_unless_full(sql, live_id);
}

/* One row, of a row trigger. */
static void
add_row(struct text *sql, int64_t live_id, const struct live_table *table, const char *row)
{
    AUTO_TEXT key = {0};
    add_key_array(&key, table, row);
    add_insert(sql, live_id, table, text_string(&key));
    add_unless_full(sql, live_id);
    text_add(sql, "; ");
}

/* Now and then: whether this was more than may wait. A row trigger logs two at a time. */
static void
add_look(struct text *sql, int64_t live_id)
{
    text_printf(sql,
                " GET DIAGNOSTICS added = ROW_COUNT; IF added > 0 THEN"
                " IF currval('outgrow.back_n_%" PRId64 "') %% 256 <= added THEN"
                " PERFORM setval('outgrow.back_full_%" PRId64
                "', 1) FROM outgrow.back_room AS r"
                " WHERE r.live_id = %" PRId64 " AND r.upto < currval('outgrow.back_n_%" PRId64
                "'); END IF; END IF;",
                live_id, live_id, live_id, live_id);
}

void
back_function_sql(struct text *sql, int64_t live_id, const struct live_table *table)
{
    text_add(sql, "CREATE OR REPLACE FUNCTION ");
    back_function_name(sql, live_id, table->capture->id);
    text_add(sql, "() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
                  " SET search_path = pg_catalog, pg_temp");
    add_key_settings(sql, table);
    text_add(sql, " AS $outgrow$ DECLARE added bigint; BEGIN IF TG_OP = 'TRUNCATE' THEN ");
    add_insert(sql, live_id, table, "NULL");
    add_unless_full(sql, live_id);
    text_add(sql, "; ELSIF TG_LEVEL = 'ROW' THEN IF TG_OP <> 'INSERT' THEN ");
    add_row(sql, live_id, table, "OLD");
    text_add(sql, "END IF; IF TG_OP <> 'DELETE' THEN ");
    add_row(sql, live_id, table, "NEW");
    text_add(sql, "END IF; ELSIF TG_OP = 'INSERT' THEN ");
    add_rows_of(sql, live_id, table, NULL, "outgrow_new");
    text_add(sql, "; ELSIF TG_OP = 'DELETE' THEN ");
    add_rows_of(sql, live_id, table, NULL, "outgrow_old");
    text_add(sql, "; ELSE ");
    add_rows_of(sql, live_id, table, "outgrow_old", "outgrow_new");
    text_add(sql, "; END IF;");
    add_look(sql, live_id);
    text_add(sql, " RETURN NULL; END $outgrow$");
}

void
back_keys_sql(struct text *sql, int64_t live_id, int64_t table_id)
{
    text_printf(sql,
                "SELECT k FROM outgrow.back_log WHERE live_id = %" PRId64 " AND t = %" PRId64
                " AND k IS NOT NULL UNION SELECT k FROM outgrow.back_refused"
                " WHERE live_id = %" PRId64 " AND t = %" PRId64,
                live_id, table_id, live_id, table_id);
}

void
back_old_text_sql(struct text *sql, const struct back_shape *shape,
                  const struct value_type *type, const char *expression)
{
    text_printf(sql,
                "(SELECT m.old_id FROM outgrow.id_map m WHERE m.run_id = %" PRId64
                " AND m.source_table = ",
                shape->run_id);
    target_quote_literal(sql, type->uuid_rule->table);
    text_printf(sql, " AND m.new_id = %s LIMIT 1)", expression);
}

/* The key's part as the target's type: of the log, or of the row itself. */
static void
add_key_part(struct text *sql, const struct plan_column *column, size_t part, bool all)
{
    if (all) {
        text_add(sql, "c.");
        target_quote_name(sql, column->name);
        return;
    }
    text_printf(sql, "(l.k[%zu])::", part + 1);
    value_type_print(&column->type, sql);
}

static void
add_fields(struct text *sql, const struct back_shape *shape, bool all)
{
    if (shape->hidden != NULL) {
        text_add(sql, ", ");
        add_key_part(sql, shape->hidden, 0, all);
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct back_column *column = &shape->columns[i];
        AUTO_TEXT value = {0};
        if (column->key >= 0) {
            add_key_part(&value, column->plan, (size_t)column->key, all);
        } else {
            text_add(&value, "c.");
            target_quote_name(&value, column->plan->name);
        }
        text_printf(sql, ", %s", text_string(&value));
        if (column->old_field != BACK_NO_FIELD) {
            text_add(sql, ", ");
            back_old_text_sql(sql, shape, &column->plan->type, text_string(&value));
        }
    }
}

/* Texts that PostgreSQL takes for the same may be two keys for SQLite. */
static bool
is_compared_as_text(enum type_kind kind)
{
    return kind == TYPE_TEXT || kind == TYPE_VARCHAR || kind == TYPE_CHAR ||
           kind == TYPE_CITEXT;
}

/* The key begins with the third field, and that is a number. */
static bool
begins_with_number(const struct back_shape *shape)
{
    enum type_kind kind = shape->live->plan->columns[shape->live->key_fields[0]].type.kind;
    return shape->hidden != NULL || (back_key_column(shape, 0)->field == BACK_FIRST_FIELD &&
                                     (kind == TYPE_BIGINT || kind == TYPE_INTEGER));
}

static bool
is_number(const struct back_shape *shape)
{
    return shape->live->key_count == 1 && begins_with_number(shape);
}

/* Numbers, unlike texts, are one key only if they are the same: rows that are gone may come among
 * the others, who let theirs wait that find a unique value still taken. So the keys alone are
 * sorted, not the rows, and these come while they are looked up. */
static void
add_keys(struct text *sql, const struct back_shape *shape)
{
    bool number = is_number(shape);
    text_add(sql, number ? " FROM (SELECT k FROM (" : " FROM (");
    back_keys_sql(sql, shape->live_id, shape->live->capture->id);
    text_add(sql, number ? ") AS u ORDER BY (k[1])::bigint) AS l" : ") AS l");
}

static void
add_join(struct text *sql, const struct back_shape *shape)
{
    const struct live_table *table = shape->live;
    add_keys(sql, shape);
    text_add(sql, " LEFT JOIN ");
    target_quote_qualified(sql, table->plan->schema, table->plan->name);
    text_add(sql, " AS c ON ");
    for (size_t i = 0; i < table->key_count; i++) {
        const struct plan_column *column = &table->plan->columns[table->key_fields[i]];
        text_add(sql, i == 0 ? "c." : " AND c.");
        target_quote_name(sql, column->name);
        text_add(sql, " = ");
        add_key_part(sql, column, i, false);
        if (is_compared_as_text(column->type.kind)) {
            text_add(sql, " AND c.");
            target_quote_name(sql, column->name);
            text_printf(sql, "::pg_catalog.text COLLATE \"C\" = l.k[%zu]", i + 1);
        }
    }
    if (!is_number(shape)) {
        /* And in the order in which SQLite has them, where that costs nothing. */
        text_add(sql, begins_with_number(shape) ? " ORDER BY 1, 3" : " ORDER BY 1");
    }
}

void
back_rows_sql(struct text *sql, const struct back_shape *shape, bool all)
{
    const struct live_table *table = shape->live;
    text_add(sql, "COPY (SELECT ");
    if (all) {
        text_add(sql, "true, ");
        add_key_array(sql, table, "c");
        text_add(sql, "::pg_catalog.text");
    } else {
        text_add(sql, "c.");
        target_quote_name(sql, table->plan->columns[table->key_fields[0]].name);
        text_add(sql, " IS NOT NULL, l.k::pg_catalog.text");
    }
    add_fields(sql, shape, all);
    if (all) {
        text_add(sql, " FROM ");
        target_quote_qualified(sql, table->plan->schema, table->plan->name);
        text_add(sql, " AS c");
    } else {
        add_join(sql, shape);
    }
    text_add(sql, ") TO STDOUT (FORMAT binary)");
}
