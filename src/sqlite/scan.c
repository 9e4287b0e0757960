/* scan.c — reads a table's rows in storage order; see scan.h. */
#include "sqlite/scan.h"

#include "base/text.h"

#include <inttypes.h>

static bool
is_everything(struct scan_range range)
{
    return range.low == INT64_MIN && range.high == INT64_MAX;
}

/* Where the rowid stands in the row: as a column of its own in front, unless
 * the table has one that is the rowid. */
static void
place_rowid(struct scan *scan, const struct source_table *table)
{
    scan->rowid_column = -1;
    scan->first_column = 0;
    if (table->rowid_name == NULL) {
        return;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].rowid_alias) {
            scan->rowid_column = (int)i;
            return;
        }
    }
    scan->rowid_column = 0;
    scan->first_column = 1;
}

static void
add_columns(struct text *sql, const struct scan *scan)
{
    const struct source_table *table = scan->table;
    if (scan->first_column > 0) {
        text_add(sql, table->rowid_name);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        text_add(sql, i == 0 && scan->first_column == 0 ? "" : ", ");
        source_quote(sql, table->columns[i].name.text);
    }
}

/* NOT INDEXED: a covering index would be read in its own order. `function`: of all the
 * columns, if it is not they that are wanted; it sees to the upper bound itself. */
static void
build_select(struct text *sql, const struct scan *scan, struct scan_range range,
             const char *function)
{
    const struct source_table *table = scan->table;
    if (table->query != NULL) {
        text_add(sql, table->query);
        return;
    }
    text_add(sql, "SELECT ");
    if (function != NULL) {
        text_printf(sql, "%s(", function);
    }
    add_columns(sql, scan);
    text_add(sql, function != NULL ? ") FROM main." : " FROM main.");
    source_quote(sql, table->name.text);
    text_add(sql, " NOT INDEXED");
    if (!is_everything(range)) {
        text_printf(sql, " WHERE %s %s", table->rowid_name,
                    function != NULL ? ">= ?1" : "BETWEEN ?1 AND ?2");
    }
}

static bool
open_select(struct scan *scan, struct scan_range range, const char *function, struct error *err)
{
    AUTO_TEXT sql = {0};
    build_select(&sql, scan, range, function);
    if (sqlite3_prepare_v3(scan->source->handle, text_string(&sql), (int)sql.length + 1, 0,
                           &scan->statement, NULL) != SQLITE_OK) {
        return source_failed(scan->source, err, "read table \"%s\"", scan->table->name.text);
    }
    if (!is_everything(range)) {
        sqlite3_bind_int64(scan->statement, 1, range.low);
        (void)sqlite3_bind_int64(scan->statement, 2, range.high); /* there may be no ?2 */
    }
    return true;
}

static bool
scan_begin(struct scan *scan, struct source *source, const struct source_table *table,
           struct scan_range range, struct error *err)
{
    *scan = (struct scan){.source = source, .table = table};
    if (!is_everything(range) && table->rowid_name == NULL) {
        return error_set(err, ERROR_INTERNAL, "table \"%s\" has no rowid to scan a range of",
                         table->name.text);
    }
    place_rowid(scan, table);
    return true;
}

bool
scan_open(struct scan *scan, struct source *source, const struct source_table *table,
          struct scan_range range, struct error *err)
{
    return scan_begin(scan, source, table, range, err) && open_select(scan, range, NULL, err);
}

void
scan_close(struct scan *scan)
{
    sqlite3_finalize(scan->statement);
    *scan = (struct scan){0};
}

static enum scan_step
scan_failed(const struct scan *scan, struct error *err)
{
    const char *name = scan->table->name.text;
    const char *unit = scan->rowid_column >= 0 ? "rowid" : "row";
    if (!scan->started) {
        source_failed(scan->source, err, "read table \"%s\", first row", name);
    } else {
        source_failed(scan->source, err, "read table \"%s\", behind %s %" PRId64, name, unit,
                      scan->position);
    }
    return SCAN_FAILED;
}

enum scan_step
scan_next(struct scan *scan, struct error *err)
{
    int step = sqlite3_step(scan->statement);
    if (step == SQLITE_DONE) {
        return SCAN_END;
    }
    if (step != SQLITE_ROW) {
        return scan_failed(scan, err);
    }
    scan->position = scan->rowid_column >= 0 ? sqlite3_value_int64(sqlite3_column_value(
                                                   scan->statement, scan->rowid_column))
                                             : scan->position + 1;
    scan->started = true;
    return SCAN_ROW;
}

#define VISITING "outgrow_visit"

/* A visitor while SQLite calls it. */
struct visit {
    struct scan *scan;
    const struct scan_visitor *visitor;
    struct error *err;
    int64_t high;
    bool ended;   /* at a row behind `high` */
    bool refused; /* by the visitor: err is its */
};

static void
visit_row(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct visit *visit = sqlite3_user_data(context);
    struct scan *scan = visit->scan;
    scan->position = scan->rowid_column >= 0 ? sqlite3_value_int64(values[scan->rowid_column])
                                             : scan->position + 1;
    visit->ended = scan->position > visit->high;
    scan->started = true;
    visit->refused = !visit->ended &&
                     !visit->visitor->row(visit->visitor->context, values + scan->first_column,
                                          scan->position, visit->err);
    if (visit->ended || visit->refused) {
        sqlite3_result_error(context, "no further rows", -1);
    }
}

static void
visit_end(sqlite3_context *context)
{
    (void)context; /* the one row of the aggregate: NULL */
}

/* SQLite calls the visitor as an aggregate function of all columns. That the rows end is left to
 * the function, too, which has the rowid at hand: in the SELECT it were two more steps a row. */
static bool
visit_inside(struct visit *visit, struct scan_range range)
{
    struct scan *scan = visit->scan;
    sqlite3 *handle = scan->source->handle;
    visit->high = range.high;
    if (sqlite3_create_function_v2(handle, VISITING, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, visit,
                                   NULL, visit_row, visit_end, NULL) != SQLITE_OK) {
        return source_failed(scan->source, visit->err, "read table \"%s\"",
                             scan->table->name.text);
    }
    bool ok = open_select(scan, range, VISITING, visit->err);
    if (ok && sqlite3_step(scan->statement) != SQLITE_ROW && !visit->ended) {
        ok = false;
        if (!visit->refused) {
            scan_failed(scan, visit->err);
        }
    }
    sqlite3_finalize(scan->statement);
    scan->statement = NULL;
    sqlite3_create_function_v2(handle, VISITING, -1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
    return ok;
}

/* One row after the other, where no function can take them. */
static bool
visit_outside(struct visit *visit, struct scan_range range)
{
    struct scan *scan = visit->scan;
    if (!open_select(scan, range, NULL, visit->err)) {
        return false;
    }
    AUTO_ARENA arena = {0};
    size_t count = scan->table->column_count + (size_t)scan->first_column;
    sqlite3_value **values = arena_alloc(&arena, count * sizeof(void *));
    enum scan_step step;
    while ((step = scan_next(scan, visit->err)) == SCAN_ROW) {
        for (size_t i = 0; i < count; i++) {
            values[i] = sqlite3_column_value(scan->statement, (int)i);
        }
        if (!visit->visitor->row(visit->visitor->context, values + scan->first_column,
                                 scan->position, visit->err)) {
            return false;
        }
    }
    return step == SCAN_END;
}

bool
scan_each(struct source *source, const struct source_table *table, struct scan_range range,
          const struct scan_visitor *visitor, struct error *err)
{
    AUTO_SCAN scan = {0};
    struct visit visit = {.scan = &scan, .visitor = visitor, .err = err};
    if (!scan_begin(&scan, source, table, range, err)) {
        return false;
    }
    size_t arguments_max = (size_t)sqlite3_limit(source->handle, SQLITE_LIMIT_FUNCTION_ARG, -1);
    bool fits = table->query == NULL && table->column_count + 1 <= arguments_max;
    return fits ? visit_inside(&visit, range) : visit_outside(&visit, range);
}

/* Two sub-selects: each is one descent of the tree; together in one SELECT,
 * min and max would read the whole table. */
bool
scan_bounds(struct source *source, const struct source_table *table, struct scan_range *bounds,
            bool *empty, struct error *err)
{
    AUTO_TEXT name = {0};
    AUTO_TEXT sql = {0};
    AUTO_STATEMENT *statement = NULL;
    if (table->rowid_name == NULL) {
        return error_set(err, ERROR_INTERNAL, "table \"%s\" has no rowid", table->name.text);
    }
    source_quote(&name, table->name.text);
    const char *rowid = table->rowid_name;
    text_printf(&sql,
                "SELECT (SELECT min(%s) FROM main.%s NOT INDEXED), "
                "(SELECT max(%s) FROM main.%s NOT INDEXED)",
                rowid, text_string(&name), rowid, text_string(&name));
    if (sqlite3_prepare_v2(source->handle, text_string(&sql), -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(source, err, "find the first and last row of table \"%s\"",
                             table->name.text);
    }
    *empty = sqlite3_column_type(statement, 0) == SQLITE_NULL;
    *bounds = (struct scan_range){sqlite3_column_int64(statement, 0),
                                  sqlite3_column_int64(statement, 1)};
    return true;
}

bool
scan_largest_rowid(struct source *source, const struct source_table *table, int64_t *largest,
                   struct error *err)
{
    struct scan_range bounds = {0};
    bool empty = true;
    if (table->rowid_name != NULL && !scan_bounds(source, table, &bounds, &empty, err)) {
        return false;
    }
    *largest = empty || bounds.high < 0 ? 0 : bounds.high;
    return true;
}
