/* statement.c — the kind of statement, and what each kind may do. */
#include "guard/internal.h"

#include <string.h>

static bool
refuse_kind(struct guard_look *look, const char *kind)
{
    static const char *const wanted[] = {
        [GUARD_QUERY] = "SELECT, EXPLAIN of a SELECT, or SHOW",
        [GUARD_EXECUTE] = "INSERT, UPDATE or DELETE",
        [GUARD_ALTER] = "ALTER TABLE, CREATE INDEX or DROP INDEX",
    };
    static const char *const elsewhere[] = {
        [GUARD_QUERY] = ("INSERT, UPDATE and DELETE go to postgres_execute, ALTER TABLE and"
                         " indexes to postgres_schema_alter"),
        [GUARD_EXECUTE] = "reads go to postgres_query, definitions to postgres_schema_alter",
        [GUARD_ALTER] = "reads go to postgres_query, rows to postgres_execute",
    };
    guard_refuse(look, "statement-kind", kind, -1, "this tool takes %s, not %s",
                 wanted[look->options->purpose], kind);
    return guard_refuse_hint(look, elsewhere[look->options->purpose]);
}

/* The name of what a node holds, as the grammar's authors call it. */
static bool
remember_name(void *context, const ProtobufCMessage *message)
{
    *(const char **)context = message->descriptor->short_name;
    return false;
}

static const char *
kind_of(const PgQuery__Node *node)
{
    const char *name = "nothing";
    if (node != NULL) {
        (void)guard_children(&node->base, remember_name, &name);
    }
    return name;
}

static bool
accept(struct guard_look *look, enum guard_statement statement,
       const PgQuery__RangeVar *relation)
{
    look->verdict->statement = statement;
    if (relation != NULL) {
        bool said = relation->schemaname != NULL && relation->schemaname[0] != '\0';
        look->verdict->schema = said ? arena_strdup(look->arena, relation->schemaname) : NULL;
        look->verdict->name = arena_strdup(look->arena, relation->relname);
    }
    return true;
}

static bool
judge_query(struct guard_look *look, const PgQuery__Node *node)
{
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_SELECT_STMT) {
        return accept(look, GUARD_SELECT, NULL);
    }
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_EXPLAIN_STMT) {
        const PgQuery__Node *inner = node->explain_stmt->query;
        return inner != NULL && inner->node_case == PG_QUERY__NODE__NODE_SELECT_STMT
                   ? accept(look, GUARD_EXPLAIN, NULL)
                   : refuse_kind(look, kind_of(inner));
    }
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT) {
        const char *setting = node->variable_show_stmt->name;
        return guard_setting_is_public(setting)
                   ? accept(look, GUARD_SHOW, NULL)
                   : guard_refuse(look, "setting", setting, -1,
                                  "setting %s is not among those shown", setting);
    }
    return refuse_kind(look, kind_of(node));
}

static bool
judge_execute(struct guard_look *look, const PgQuery__Node *node)
{
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_INSERT_STMT) {
        return accept(look, GUARD_INSERT, node->insert_stmt->relation);
    }
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT) {
        return accept(look, GUARD_UPDATE, node->update_stmt->relation);
    }
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_DELETE_STMT) {
        return accept(look, GUARD_DELETE, node->delete_stmt->relation);
    }
    return refuse_kind(look, kind_of(node));
}

bool
guard_judge_target(struct guard_look *look, const PgQuery__RangeVar *relation)
{
    const char *schema = relation->schemaname == NULL ? "" : relation->schemaname;
    if (guard_schema_is_protected(schema) || strncmp(relation->relname, "pg_", 3) == 0) {
        return guard_refuse(look, "relation", relation->relname, relation->location,
                            "%s%s%s belongs to the system and is not changed from here", schema,
                            schema[0] == '\0' ? "" : ".", relation->relname);
    }
    return true;
}

/* False as soon as a column is named: the visits end. */
static bool
names_no_column(void *context, const ProtobufCMessage *message)
{
    return strcmp(message->descriptor->short_name, "ColumnRef") != 0 &&
           guard_children(message, names_no_column, context);
}

bool
guard_judge_where(struct guard_look *look, const PgQuery__Node *where, const char *statement,
                  int byte)
{
    if (look->options->allow_full_table ||
        (where != NULL && !names_no_column(NULL, &where->base))) {
        return true;
    }
    guard_refuse(look, "where", "", byte,
                 "%s without a WHERE that names a column means every row", statement);
    return guard_refuse_hint(look, "name the rows, or say allow_full_table");
}

static bool
judge_drop(struct guard_look *look, const PgQuery__DropStmt *drop)
{
    if (drop->remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_INDEX) {
        return guard_refuse(look, "statement-kind", "DropStmt", -1,
                            "of all that can be dropped this tool drops indexes only");
    }
    if (drop->n_objects != 1 || drop->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) {
        return guard_refuse(look, "drop", "", -1, "one index a call, and without CASCADE");
    }
    const PgQuery__Node *object = drop->objects[0];
    if (object->node_case != PG_QUERY__NODE__NODE_LIST || object->list->n_items < 1 ||
        object->list->n_items > 2) {
        return guard_refuse(look, "drop", "", -1, "an index's name has one or two parts");
    }
    size_t parts = object->list->n_items;
    const char *schema = parts == 2 ? guard_string(object->list->items[0]) : NULL;
    const char *name = guard_string(object->list->items[parts - 1]);
    if (name == NULL || strncmp(name, "pg_", 3) == 0 ||
        (schema != NULL && guard_schema_is_protected(schema))) {
        return guard_refuse(look, "relation", "", -1, "that index belongs to the system");
    }
    look->verdict->schema = schema == NULL ? NULL : arena_strdup(look->arena, schema);
    look->verdict->name = arena_strdup(look->arena, name);
    look->verdict->concurrently = drop->concurrent;
    look->verdict->statement = GUARD_DROP_INDEX;
    return true;
}

static bool
judge_alter_table(struct guard_look *look, const PgQuery__AlterTableStmt *alter)
{
    if (alter->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) {
        return guard_refuse(look, "statement-kind", "AlterTableStmt", -1,
                            "only tables are altered from here");
    }
    return guard_judge_target(look, alter->relation) &&
           accept(look, GUARD_ALTER_TABLE, alter->relation);
}

static void
judge_index(struct guard_look *look, const PgQuery__IndexStmt *index)
{
    const char *name = index->idxname;
    look->verdict->concurrently = index->concurrent;
    look->verdict->unless_there = index->if_not_exists;
    look->verdict->index = name == NULL || name[0] == '\0' ? NULL
                                                           : arena_strdup(look->arena, name);
}

static bool
judge_alter(struct guard_look *look, const PgQuery__Node *node)
{
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT) {
        return judge_alter_table(look, node->alter_table_stmt);
    }
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_INDEX_STMT) {
        judge_index(look, node->index_stmt);
        return guard_judge_target(look, node->index_stmt->relation) &&
               accept(look, GUARD_CREATE_INDEX, node->index_stmt->relation);
    }
    if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_DROP_STMT) {
        return judge_drop(look, node->drop_stmt);
    }
    return refuse_kind(look, kind_of(node));
}

static bool
judge_destructive(struct guard_look *look, const PgQuery__AlterTableCmd *command)
{
    if (command->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) {
        return guard_refuse(look, "drop", command->name, -1, "CASCADE is not let through");
    }
    look->verdict->destructive = true;
    if (look->options->allow_destructive) {
        return true;
    }
    guard_refuse(look, "destructive", command->name, -1, "dropping %s loses what it holds",
                 command->name);
    return guard_refuse_hint(look, "where the server's options let it through: say"
                                   " allow_destructive and confirm");
}

bool
guard_judge_alter_command(struct guard_look *look, const PgQuery__AlterTableCmd *command)
{
    int subtype = (int)command->subtype;
    switch (subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics: return true;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint: return judge_destructive(look, command);
    default:
        return guard_refuse(look, "alter-table", command->name, -1,
                            "this form of ALTER TABLE is not let through");
    }
}

bool
guard_judge_statement(struct guard_look *look, const PgQuery__Node *statement)
{
    switch (look->options->purpose) {
    case GUARD_QUERY: return judge_query(look, statement);
    case GUARD_EXECUTE: return judge_execute(look, statement);
    case GUARD_ALTER: return judge_alter(look, statement);
    }
    return false;
}
