/* view_parse.c — see view_parse.h: the statement, and queries made of several SELECTs. */
#include "sql/view_parse.h"

#include "sql/view_reader.h"

/* ( query ) */
static bool
read_within(struct view_reader *reader, struct sql_query *query)
{
    return (view_accept(reader, "(") || view_fail(reader, "its WITH is not understood")) &&
           view_read_query(reader, query) &&
           (view_accept(reader, ")") || view_fail(reader, "its WITH is not understood"));
}

static bool
read_commons(struct view_reader *reader, struct sql_query *query)
{
    if (!view_accept(reader, "with")) {
        return true;
    }
    view_accept(reader, "recursive");
    do {
        struct sql_common common = {0};
        common.query = arena_alloc(reader->arena, sizeof *common.query);
        if (!view_read_name(reader, &common.name) ||
            !view_read_names(reader, &common.columns, &common.column_count)) {
            return false;
        }
        if (!view_accept(reader, "as")) {
            return view_fail(reader, "its WITH is not understood");
        }
        view_accept(reader, "not");
        view_accept(reader, "materialized");
        if (!read_within(reader, common.query)) {
            return false;
        }
        *ARENA_APPEND(reader->arena, query->commons, query->common_count) = common;
    } while (view_accept(reader, ","));
    return true;
}

/* What joins the next SELECT to those before it; ALONE: there is no next one. */
static enum sql_compound
read_compound(struct view_reader *reader)
{
    if (view_accept(reader, "union")) {
        return view_accept(reader, "all") ? SQL_UNION_ALL : SQL_UNION;
    }
    return view_accept(reader, "except")      ? SQL_EXCEPT
           : view_accept(reader, "intersect") ? SQL_INTERSECT
                                              : SQL_ALONE;
}

static bool
read_parts(struct view_reader *reader, struct sql_query *query)
{
    enum sql_compound compound = SQL_ALONE;
    do {
        struct sql_part part = {.compound = compound};
        if (!view_read_select(reader, &part.select)) {
            return false;
        }
        *ARENA_APPEND(reader->arena, query->parts, query->part_count) = part;
        compound = read_compound(reader);
    } while (compound != SQL_ALONE);
    return true;
}

static bool
read_order(struct view_reader *reader, struct sql_query *query)
{
    if (!view_accept(reader, "order")) {
        return true;
    }
    if (!view_accept(reader, "by")) {
        return view_fail(reader, "its ORDER BY is not understood");
    }
    do {
        struct sql_order order = {0};
        if (!view_read_expression(reader, &order.expr, NULL)) {
            return false;
        }
        order.descending = view_accept(reader, "desc");
        if (!order.descending) {
            view_accept(reader, "asc");
        }
        if (view_accept(reader, "nulls")) {
            order.nulls = view_accept(reader, "first")  ? SQL_NULLS_FIRST
                          : view_accept(reader, "last") ? SQL_NULLS_LAST
                                                        : SQL_NULLS_DEFAULT;
        }
        *ARENA_APPEND(reader->arena, query->orders, query->order_count) = order;
    } while (view_accept(reader, ","));
    return true;
}

/* LIMIT offset, count too. */
static bool
read_limit(struct view_reader *reader, struct sql_query *query)
{
    if (!view_accept(reader, "limit")) {
        return true;
    }
    if (!view_read_expression(reader, &query->limit, NULL)) {
        return false;
    }
    if (view_accept(reader, ",")) {
        query->offset = query->limit;
        return view_read_expression(reader, &query->limit, NULL);
    }
    return !view_accept(reader, "offset") || view_read_expression(reader, &query->offset, NULL);
}

bool
view_read_query(struct view_reader *reader, struct sql_query *query)
{
    if (++reader->depth > VIEW_DEPTH_MAX) {
        return view_fail(reader, "it has too many SELECTs within each other");
    }
    bool ok = read_commons(reader, query) && read_parts(reader, query) &&
              read_order(reader, query) && read_limit(reader, query);
    reader->depth--;
    return ok;
}

static bool
read_head(struct view_reader *reader, struct sql_view *view)
{
    bool begins = view_accept(reader, "create");
    if (begins && !view_accept(reader, "temp")) {
        view_accept(reader, "temporary");
    }
    if (!begins || !view_accept(reader, "view")) {
        return view_fail(reader, "its text does not begin with CREATE VIEW");
    }
    if (view_accept(reader, "if")) {
        view_accept(reader, "not");
        view_accept(reader, "exists");
    }
    return view_read_name(reader, &view->name) &&
           (!view_accept(reader, ".") || view_read_name(reader, &view->name)) &&
           view_read_names(reader, &view->columns, &view->column_count) &&
           (view_accept(reader, "as") || view_fail(reader, "it has no AS"));
}

bool
sql_parse_view(struct arena *arena, const char *sql, struct sql_view *view, struct error *err)
{
    struct view_reader reader = {.arena = arena, .lexer = {sql}, .err = err};
    *view = (struct sql_view){0};
    view_advance(&reader);
    if (!read_head(&reader, view) || !view_read_query(&reader, &view->query)) {
        return false;
    }
    view_accept(&reader, ";");
    const char *unread = view_unread_clause(&reader);
    return reader.token.code == 0 ||
           view_fail(&reader,
                     unread != NULL ? unread : "its text is not understood to the end");
}
