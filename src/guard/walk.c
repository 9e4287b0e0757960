/* walk.c — every node of a statement against the lists of what may be there at all. */
#include "guard/internal.h"

#include <string.h>

enum { IN_QUERY = 1, IN_EXECUTE = 2, IN_ALTER = 4 };

/* Named as protobuf-c names them (AConst, where the grammar says A_Const). What is not here is
 * refused: INTO, locks in a query, cursors, and whatever a newer parser may bring. */
static const struct {
    const char *name;
    unsigned where;
} nodes[] = {
    {"AArrayExpr", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"AConst", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"AExpr", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"AIndices", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"AIndirection", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"AStar", IN_QUERY | IN_EXECUTE},
    {"Alias", IN_QUERY | IN_EXECUTE},
    {"AlterTableCmd", IN_ALTER},
    {"AlterTableStmt", IN_ALTER},
    {"BitString", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"BoolExpr", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"Boolean", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"BooleanTest", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"CTECycleClause", IN_QUERY | IN_EXECUTE},
    {"CTESearchClause", IN_QUERY | IN_EXECUTE},
    {"CaseExpr", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"CaseWhen", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"CoalesceExpr", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"CollateClause", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"ColumnDef", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"ColumnRef", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"CommonTableExpr", IN_QUERY | IN_EXECUTE},
    {"Constraint", IN_ALTER},
    {"DefElem", IN_QUERY | IN_ALTER},
    {"DeleteStmt", IN_EXECUTE},
    {"DropStmt", IN_ALTER},
    {"ExplainStmt", IN_QUERY},
    {"Float", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"FuncCall", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"GroupingFunc", IN_QUERY | IN_EXECUTE},
    {"GroupingSet", IN_QUERY | IN_EXECUTE},
    {"IndexElem", IN_EXECUTE | IN_ALTER},
    {"IndexStmt", IN_ALTER},
    {"InferClause", IN_EXECUTE},
    {"InsertStmt", IN_EXECUTE},
    {"Integer", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"JoinExpr", IN_QUERY | IN_EXECUTE},
    {"List", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"LockingClause", IN_EXECUTE},
    {"MinMaxExpr", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"MultiAssignRef", IN_EXECUTE},
    {"NamedArgExpr", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"Node", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"NullTest", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"OnConflictClause", IN_EXECUTE},
    {"ParamRef", IN_QUERY | IN_EXECUTE},
    {"ParseResult", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"RangeFunction", IN_QUERY | IN_EXECUTE},
    {"RangeSubselect", IN_QUERY | IN_EXECUTE},
    {"RangeTableFunc", IN_QUERY | IN_EXECUTE},
    {"RangeTableFuncCol", IN_QUERY | IN_EXECUTE},
    {"RangeTableSample", IN_QUERY | IN_EXECUTE},
    {"RangeVar", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"RawStmt", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"ResTarget", IN_QUERY | IN_EXECUTE},
    {"RowExpr", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"SQLValueFunction", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"SelectStmt", IN_QUERY | IN_EXECUTE},
    {"SetToDefault", IN_EXECUTE},
    {"SortBy", IN_QUERY | IN_EXECUTE},
    {"String", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"SubLink", IN_QUERY | IN_EXECUTE},
    {"TypeCast", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"TypeName", IN_QUERY | IN_EXECUTE | IN_ALTER},
    {"UpdateStmt", IN_EXECUTE},
    {"VariableShowStmt", IN_QUERY},
    {"WindowDef", IN_QUERY | IN_EXECUTE},
    {"WithClause", IN_QUERY | IN_EXECUTE},
    {"XmlExpr", IN_QUERY | IN_EXECUTE},
    {"XmlSerialize", IN_QUERY | IN_EXECUTE},
};

static unsigned
where_allowed(const char *name)
{
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        if (strcmp(nodes[i].name, name) == 0) {
            return nodes[i].where;
        }
    }
    return 0;
}

static const unsigned purpose_bit[] = {
    [GUARD_QUERY] = IN_QUERY, [GUARD_EXECUTE] = IN_EXECUTE, [GUARD_ALTER] = IN_ALTER};

static bool
visit_repeated(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
               guard_visit_function *visit, void *context)
{
    const char *bytes = (const char *)message;
    size_t count = *(const size_t *)(const void *)(bytes + field->quantifier_offset);
    const ProtobufCMessage *const *items = *(
        const ProtobufCMessage *const *const *)(const void *)(bytes + field->offset);
    for (size_t i = 0; i < count; i++) {
        if (items[i] != NULL && !visit(context, items[i])) {
            return false;
        }
    }
    return true;
}

static bool
visit_single(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
             guard_visit_function *visit, void *context)
{
    const char *bytes = (const char *)message;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
        *(const uint32_t *)(const void *)(bytes + field->quantifier_offset) != field->id) {
        return true; /* another member of the union is set */
    }
    const ProtobufCMessage *child = *(
        const ProtobufCMessage *const *)(const void *)(bytes + field->offset);
    return child == NULL || visit(context, child);
}

bool
guard_children(const ProtobufCMessage *message, guard_visit_function *visit, void *context)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        bool all = field->label == PROTOBUF_C_LABEL_REPEATED
                       ? visit_repeated(message, field, visit, context)
                       : visit_single(message, field, visit, context);
        if (!all) {
            return false;
        }
    }
    return true;
}

static bool
walk_one(void *context, const ProtobufCMessage *message)
{
    return guard_walk(context, message);
}

bool
guard_walk(struct guard_look *look, const ProtobufCMessage *message)
{
    const char *name = message->descriptor->short_name;
    if ((where_allowed(name) & purpose_bit[look->options->purpose]) == 0 ||
        message->n_unknown_fields > 0) {
        return guard_refuse(look, "node", name, -1,
                            "%s is not among what this tool lets through", name);
    }
    if (look->depth >= GUARD_DEPTH_MAX) {
        guard_refuse(look, "depth", name, -1, "the statement nests deeper than %d levels",
                     (int)GUARD_DEPTH_MAX);
        return guard_refuse_hint(look, "split it, or use IN or = ANY with an array");
    }
    look->depth++;
    bool good = guard_judge_node(look, message) && guard_children(message, walk_one, look);
    look->depth--;
    return good;
}
