/* node.c — what one node of a statement says: functions, operators, relations, options. */
#include "guard/internal.h"

#include <string.h>

const char *
guard_string(const PgQuery__Node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval
                                                                          : NULL;
}

static bool
is_pg_catalog(const char *schema)
{
    return strcmp(schema, "pg_catalog") == 0;
}

/* Splits a name of one or two parts; false: neither. *schema: NULL when there is none. */
static bool
split_name(PgQuery__Node *const *parts, size_t count, const char **schema, const char **name)
{
    *schema = count == 2 ? guard_string(parts[0]) : NULL;
    *name = count == 1 || count == 2 ? guard_string(parts[count - 1]) : NULL;
    return *name != NULL && (count == 1 || *schema != NULL);
}

static void
ask_later(struct guard_look *look, const char *name, enum guard_ask_kind kind, bool must_exist)
{
    struct guard_verdict *verdict = look->verdict;
    for (size_t i = 0; i < verdict->ask_count; i++) {
        struct guard_ask *ask = &verdict->asks[i];
        if (ask->kind == kind && strcmp(ask->name, name) == 0) {
            ask->must_exist |= must_exist;
            return;
        }
    }
    struct guard_ask *ask = ARENA_APPEND(look->arena, verdict->asks, verdict->ask_count);
    *ask = (struct guard_ask){arena_strdup(look->arena, name), kind, must_exist};
}

static bool
refuse_function(struct guard_look *look, const char *name, int byte, const char *why)
{
    guard_refuse(look, "function", name, byte, "function %s %s", name, why);
    return false;
}

static bool
judge_function_name(struct guard_look *look, const char *schema, const char *name, int byte)
{
    const struct guard_options *options = look->options;
    bool built_in = schema == NULL || is_pg_catalog(schema);
    switch (guard_function_ask(options->functions, name, options->purpose != GUARD_QUERY)) {
    case FUNCTION_NEVER:
        return refuse_function(look, name, byte,
                               "is never called from here: it reaches beyond the statement");
    case FUNCTION_VOLATILE:
        return built_in ? refuse_function(look, name, byte,
                                          "is volatile, and not one of those known as harmless")
                        : (ask_later(look, name, ASK_FUNCTION, true), true);
    case FUNCTION_HARMLESS:
        if (schema == NULL) {
            ask_later(look, name, ASK_FUNCTION,
                      false); /* another of that name may fit better */
        } else if (!built_in) {
            ask_later(look, name, ASK_FUNCTION, true);
        }
        return true;
    case FUNCTION_UNKNOWN: break;
    }
    if (schema != NULL && is_pg_catalog(schema)) {
        return refuse_function(look, name, byte, "is not one of the server's own");
    }
    ask_later(look, name, ASK_FUNCTION, true);
    return true;
}

static bool
judge_function(struct guard_look *look, const PgQuery__FuncCall *call)
{
    const char *schema;
    const char *name;
    if (!split_name(call->funcname, call->n_funcname, &schema, &name)) {
        return guard_refuse(look, "function", "", call->location,
                            "a function's name has one or two parts");
    }
    return judge_function_name(look, schema, name, call->location);
}

static bool
judge_operator(struct guard_look *look, PgQuery__Node *const *parts, size_t count, int byte)
{
    const char *schema;
    const char *name;
    if (count == 0) {
        return true; /* IN, whose operator is = */
    }
    if (!split_name(parts, count, &schema, &name)) {
        return guard_refuse(look, "operator", "", byte, "an operator of an unknown form");
    }
    if (schema != NULL && !is_pg_catalog(schema)) {
        return guard_refuse(look, "operator", name, byte,
                            "operator %s of schema %s calls a function of that schema", name,
                            schema);
    }
    if (schema == NULL) {
        ask_later(look, name, ASK_OPERATOR, false);
    }
    return true;
}

static bool
judge_relation(struct guard_look *look, const PgQuery__RangeVar *relation)
{
    if (relation->catalogname != NULL && relation->catalogname[0] != '\0') {
        return guard_refuse(look, "relation", relation->relname, relation->location,
                            "%s is named with its database", relation->relname);
    }
    if (guard_relation_is_secret(relation->relname)) {
        return guard_refuse(look, "relation", relation->relname, relation->location,
                            "%s holds secrets, or tells about the machine", relation->relname);
    }
    return true;
}

static bool
judge_sample(struct guard_look *look, const PgQuery__RangeTableSample *sample)
{
    const char *schema;
    const char *name;
    if (split_name(sample->method, sample->n_method, &schema, &name) &&
        (schema == NULL || is_pg_catalog(schema)) &&
        (strcmp(name, "system") == 0 || strcmp(name, "bernoulli") == 0)) {
        return true;
    }
    return guard_refuse(look, "function", "", sample->location,
                        "a sampling method other than system and bernoulli");
}

static const char *const explain_options[] = {
    "analyze", "buffers", "costs", "format", "settings", "summary", "timing", "verbose", "wal"};
/* Of indexes, and of identity columns' sequences. */
static const char *const alter_options[] = {
    "autosummarize",
    "buffering",
    "cache",
    "cycle",
    "deduplicate_items",
    "fastupdate",
    "fillfactor",
    "increment",
    "maxvalue",
    "minvalue",
    "gin_pending_list_limit",
    "pages_per_range",
    "start",
};

static bool
judge_option(struct guard_look *look, const PgQuery__DefElem *option)
{
    bool query = look->options->purpose == GUARD_QUERY;
    const char *const *list = query ? explain_options : alter_options;
    size_t count = query ? sizeof explain_options / sizeof explain_options[0]
                         : sizeof alter_options / sizeof alter_options[0];
    bool plain = option->defnamespace == NULL || option->defnamespace[0] == '\0';
    for (size_t i = 0; i < count && plain; i++) {
        if (strcmp(list[i], option->defname) == 0) {
            return true;
        }
    }
    return guard_refuse(look, "option", option->defname, option->location,
                        "option %s is not among those let through", option->defname);
}

static bool
judge_constraint(struct guard_look *look, const PgQuery__Constraint *constraint)
{
    if (constraint->indexspace != NULL && constraint->indexspace[0] != '\0') {
        return guard_refuse(look, "tablespace", constraint->indexspace, constraint->location,
                            "a tablespace is not chosen from here");
    }
    if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION) {
        return guard_refuse(look, "constraint", "", constraint->location,
                            "exclusion constraints are not made from here");
    }
    return true;
}

static bool
judge_column(struct guard_look *look, const PgQuery__ColumnDef *column)
{
    if (column->n_fdwoptions > 0) {
        return guard_refuse(look, "option", column->colname, column->location,
                            "options of a foreign table's column are not set from here");
    }
    return true;
}

static bool
judge_index(struct guard_look *look, const PgQuery__IndexStmt *index)
{
    if (index->table_space != NULL && index->table_space[0] != '\0') {
        return guard_refuse(look, "tablespace", index->table_space, -1,
                            "a tablespace is not chosen from here");
    }
    return true;
}

static bool
judge_write(struct guard_look *look, const ProtobufCMessage *message, const char *name)
{
    if (strcmp(name, "InsertStmt") == 0) {
        return guard_judge_target(
            look, ((const PgQuery__InsertStmt *)(const void *)message)->relation);
    }
    if (strcmp(name, "UpdateStmt") == 0) {
        const PgQuery__UpdateStmt *update = (const void *)message;
        return guard_judge_target(look, update->relation) &&
               guard_judge_where(look, update->where_clause, "UPDATE",
                                 update->relation->location);
    }
    if (strcmp(name, "DeleteStmt") == 0) {
        const PgQuery__DeleteStmt *removal = (const void *)message;
        return guard_judge_target(look, removal->relation) &&
               guard_judge_where(look, removal->where_clause, "DELETE",
                                 removal->relation->location);
    }
    return true;
}

static bool
judge_definition(struct guard_look *look, const ProtobufCMessage *message, const char *name)
{
    if (strcmp(name, "DefElem") == 0) {
        return judge_option(look, (const void *)message);
    }
    if (strcmp(name, "Constraint") == 0) {
        return judge_constraint(look, (const void *)message);
    }
    if (strcmp(name, "ColumnDef") == 0) {
        return judge_column(look, (const void *)message);
    }
    if (strcmp(name, "IndexStmt") == 0) {
        return judge_index(look, (const void *)message);
    }
    if (strcmp(name, "AlterTableCmd") == 0) {
        return guard_judge_alter_command(look, (const void *)message);
    }
    return judge_write(look, message, name);
}

/* "t.name" and "(row).name" may call a function of that name with the row. */
static bool
judge_attributes(struct guard_look *look, PgQuery__Node *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = guard_string(parts[i]);
        if (name != NULL) {
            ask_later(look, name, ASK_ATTRIBUTE, false);
        }
    }
    return true;
}

static bool
judge_reference(struct guard_look *look, const ProtobufCMessage *message, const char *name)
{
    if (strcmp(name, "ColumnRef") == 0) {
        const PgQuery__ColumnRef *column = (const void *)message;
        return column->n_fields < 2 ||
               judge_attributes(look, &column->fields[1], column->n_fields - 1);
    }
    if (strcmp(name, "AIndirection") == 0) {
        const PgQuery__AIndirection *indirection = (const void *)message;
        return judge_attributes(look, indirection->indirection, indirection->n_indirection);
    }
    if (strcmp(name, "RangeVar") == 0) {
        return judge_relation(look, (const void *)message);
    }
    return judge_definition(look, message, name);
}

bool
guard_judge_node(struct guard_look *look, const ProtobufCMessage *message)
{
    const char *name = message->descriptor->short_name;
    if (strcmp(name, "FuncCall") == 0) {
        return judge_function(look, (const void *)message);
    }
    if (strcmp(name, "AExpr") == 0) {
        const PgQuery__AExpr *expression = (const void *)message;
        return judge_operator(look, expression->name, expression->n_name, expression->location);
    }
    if (strcmp(name, "SubLink") == 0) {
        const PgQuery__SubLink *link = (const void *)message;
        return judge_operator(look, link->oper_name, link->n_oper_name, link->location);
    }
    if (strcmp(name, "SortBy") == 0) {
        const PgQuery__SortBy *sort = (const void *)message;
        return judge_operator(look, sort->use_op, sort->n_use_op, sort->location);
    }
    if (strcmp(name, "RangeTableSample") == 0) {
        return judge_sample(look, (const void *)message);
    }
    return judge_reference(look, message, name);
}
