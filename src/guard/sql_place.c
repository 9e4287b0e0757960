/* sql_place.c — see sql_place.h. */
#include "guard/sql_place.h"

#include "base/text.h"
#include "guard/internal.h"

#include <string.h>

struct search {
    struct arena *arena;
    int byte; /* looked for */
    struct sql_place *place;
};

static int
byte_of(const char *sql, int position)
{
    int byte = 0;
    for (int i = 1; i < position && sql[byte] != '\0'; i++) {
        do {
            byte++;
        } while (((unsigned char)sql[byte] & 0xC0) == 0x80);
    }
    return byte;
}

static const char *
copy_or_null(struct arena *arena, const char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : arena_strdup(arena, text);
}

static void
take_relation(struct search *search, const PgQuery__RangeVar *relation)
{
    struct sql_place *place = search->place;
    struct sql_relation *added = ARENA_APPEND(search->arena, place->relations,
                                              place->relation_count);
    added->schema = copy_or_null(search->arena, relation->schemaname);
    added->name = arena_strdup(search->arena, relation->relname);
    added->alias = relation->alias == NULL
                       ? NULL
                       : copy_or_null(search->arena, relation->alias->aliasname);
    if (relation->location == search->byte && place->kind == PLACE_NONE) {
        place->kind = PLACE_RELATION;
        place->name = added->name;
    }
}

static void
take_column(struct search *search, const PgQuery__ColumnRef *column)
{
    const char *name = column->n_fields == 0
                           ? NULL
                           : guard_string(column->fields[column->n_fields - 1]);
    if (column->location != search->byte || name == NULL) {
        return;
    }
    search->place->kind = PLACE_COLUMN;
    search->place->name = arena_strdup(search->arena, name);
    search->place->qualifier = column->n_fields < 2
                                   ? NULL
                                   : copy_or_null(
                                         search->arena,
                                         guard_string(column->fields[column->n_fields - 2]));
}

/* A column that is set or inserted into. */
static void
take_result(struct search *search, const PgQuery__ResTarget *target)
{
    if (target->location == search->byte && target->name != NULL && target->name[0] != '\0' &&
        search->place->kind == PLACE_NONE) {
        search->place->kind = PLACE_COLUMN;
        search->place->name = arena_strdup(search->arena, target->name);
        search->place->is_target = true;
    }
}

static bool
search_node(void *context, const ProtobufCMessage *message)
{
    struct search *search = context;
    const char *name = message->descriptor->short_name;
    if (strcmp(name, "RangeVar") == 0) {
        take_relation(search, (const void *)message);
    } else if (strcmp(name, "ColumnRef") == 0) {
        take_column(search, (const void *)message);
    } else if (strcmp(name, "ResTarget") == 0) {
        take_result(search, (const void *)message);
    }
    return guard_children(message, search_node, context);
}

static void
search_tree(void *context, const PgQuery__ParseResult *tree)
{
    struct search *search = context;
    (void)search_node(search, &tree->base);
    /* `SELECT a AS b`: the alias has the place of what it names. */
    if (search->place->kind == PLACE_COLUMN && search->place->relation_count == 0) {
        search->place->is_target = false;
    }
}

void
sql_place_find(struct arena *arena, const char *sql, int position, struct sql_place *place)
{
    *place = (struct sql_place){.kind = PLACE_NONE};
    struct search search = {arena, position <= 0 ? -1 : byte_of(sql, position), place};
    guard_with_tree(sql, search_tree, &search);
}

const struct sql_relation *
sql_place_relation(const struct sql_place *place)
{
    if (place->is_target && place->relation_count > 0) {
        return &place->relations[0];
    }
    for (size_t i = 0; i < place->relation_count && place->qualifier != NULL; i++) {
        const struct sql_relation *relation = &place->relations[i];
        const char *known_as = relation->alias == NULL ? relation->name : relation->alias;
        if (strcmp(known_as, place->qualifier) == 0) {
            return relation;
        }
    }
    return place->qualifier == NULL && place->relation_count == 1 ? &place->relations[0] : NULL;
}

/* Two passes: equality, then the rest. */
struct columns {
    struct arena *arena;
    const char **list;
    size_t count;
    bool equality;
};

static void
add_column(struct columns *columns, const PgQuery__Node *node)
{
    while (node != NULL && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
        node = node->type_cast->arg;
    }
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF) {
        return;
    }
    const PgQuery__ColumnRef *column = node->column_ref;
    const char *name = guard_string(column->fields[column->n_fields - 1]);
    for (size_t i = 0; i < columns->count && name != NULL; i++) {
        name = strcmp(columns->list[i], name) == 0 ? NULL : name;
    }
    if (name != NULL) {
        *ARENA_APPEND(columns->arena, columns->list,
                      columns->count) = arena_strdup(columns->arena, name);
    }
}

static bool
is_comparison(const char *symbol, bool equality)
{
    bool equal = strcmp(symbol, "=") == 0;
    return equality ? equal
                    : strcmp(symbol, "<") == 0 || strcmp(symbol, ">") == 0 ||
                          strcmp(symbol, "<=") == 0 || strcmp(symbol, ">=") == 0;
}

static bool
search_comparison(void *context, const ProtobufCMessage *message)
{
    struct columns *columns = context;
    if (strcmp(message->descriptor->short_name, "AExpr") == 0) {
        const PgQuery__AExpr *expression = (const void *)message;
        const char *symbol = expression->n_name == 0 ? NULL : guard_string(expression->name[0]);
        if (symbol != NULL && is_comparison(symbol, columns->equality)) {
            add_column(columns, expression->lexpr);
            add_column(columns, expression->rexpr);
        }
    }
    return guard_children(message, search_comparison, context);
}

static void
search_condition(void *context, const PgQuery__ParseResult *tree)
{
    struct columns *columns = context;
    columns->equality = true;
    (void)search_comparison(columns, &tree->base);
    columns->equality = false;
    (void)search_comparison(columns, &tree->base);
}

void
sql_condition_columns(struct arena *arena, const char *condition, const char ***columns,
                      size_t *count)
{
    struct columns found = {.arena = arena};
    guard_with_tree(arena_printf(arena, "SELECT 1 WHERE %s", condition), search_condition,
                    &found);
    *columns = found.list;
    *count = found.count;
}
