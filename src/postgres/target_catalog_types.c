/* target_catalog_types.c — the types of the target's columns: domains, arrays and enums
 * resolved, type modifiers read. */
#include "postgres/target_catalog_internal.h"

#include <stdlib.h>
#include <string.h>

/* Built-in types whose modifier we read; oids are fixed in pg_type.dat. */
enum {
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_TIME = 1083,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_INTERVAL = 1186,
    OID_TIMETZ = 1266,
    OID_BIT = 1560,
    OID_VARBIT = 1562,
    OID_NUMERIC = 1700
};

enum {
    TYPMOD_HEADER = 4,               /* VARHDRSZ, which several modifiers carry */
    NUMERIC_SCALE_SIGN = 0x400,      /* 11 bits, two's complement (numeric.c, 15) */
    INTERVAL_FULL_PRECISION = 0xffff /* "none given" in an interval with fields */
};

struct type_row {
    uint32_t oid;
    const char *name;
    const char *schema;
    char type;     /* pg_type.typtype */
    uint32_t base; /* of a domain */
    int32_t base_typmod;
    bool not_null;
    uint32_t element;      /* of a true array */
    const char *base_name; /* of a domain: its base as format_type writes it */
    const char *full_name; /* schema.name, quoted as needed */
    const char *checks;
    const char *extension;
    const char **labels;
    size_t label_count;
};

static int
compare_types(const void *left, const void *right)
{
    uint32_t a = ((const struct type_row *)left)->oid;
    uint32_t b = ((const struct type_row *)right)->oid;
    return (a > b) - (a < b);
}

static struct type_row *
find_type(const struct type_table *types, uint32_t oid)
{
    struct type_row wanted = {.oid = oid};
    return types->row_count == 0 ? NULL
                                 : bsearch(&wanted, types->rows, types->row_count,
                                           sizeof *types->rows, compare_types);
}

/* Types are followed down to what domains and arrays are made of. A true array has a
 * variable length; point and the like have elements, too. */
static const char types_query[] = CATALOG_RELATIONS_CTE
    ", used AS (SELECT a.atttypid AS oid FROM relations AS r"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0"
    " AND NOT a.attisdropped UNION SELECT next.oid FROM used"
    " JOIN pg_catalog.pg_type AS t ON t.oid = used.oid,"
    " LATERAL (VALUES (t.typbasetype), (t.typelem)) AS next (oid) WHERE next.oid <> 0)"
    " SELECT t.oid, t.typname, n.nspname, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull,"
    " CASE WHEN t.typlen = -1 AND t.typtype = 'b' THEN t.typelem ELSE 0 END,"
    " pg_catalog.format_type(nullif(t.typbasetype, 0), t.typtypmod),"
    " pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname),"
    " (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), '; '"
    " ORDER BY k.conname) FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid"
    " AND k.contype = 'c'),"
    " (SELECT x.extname FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_extension AS x"
    " ON x.oid = d.refobjid WHERE d.objid = t.oid"
    " AND d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass"
    " AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass"
    " AND d.deptype = 'e' LIMIT 1)"
    " FROM used JOIN pg_catalog.pg_type AS t ON t.oid = used.oid"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace ORDER BY t.oid";

static const char labels_query[] =
    "SELECT enumtypid, enumlabel FROM pg_catalog.pg_enum ORDER BY enumtypid, enumsortorder";

static bool
read_labels(const struct catalog_reading *reading, struct type_table *types, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(reading->conn, labels_query, NULL, 0, &result, err)) {
        return false;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        struct type_row *type = find_type(types, target_catalog_oid(result, row, 0));
        if (type != NULL) {
            *ARENA_APPEND(reading->arena, type->labels,
                          type->label_count) = target_text(reading->arena, result, row, 1);
        }
    }
    return true;
}

static struct type_row
type_from_row(const struct catalog_reading *reading, const PGresult *result, int row)
{
    return (struct type_row){
        .oid = target_catalog_oid(result, row, 0),
        .name = target_text(reading->arena, result, row, 1),
        .schema = target_text(reading->arena, result, row, 2),
        .type = target_catalog_char(result, row, 3),
        .base = target_catalog_oid(result, row, 4),
        .base_typmod = target_catalog_int(result, row, 5),
        .not_null = target_is_true(result, row, 6),
        .element = target_catalog_oid(result, row, 7),
        .base_name = target_text(reading->arena, result, row, 8),
        .full_name = target_text(reading->arena, result, row, 9),
        .checks = target_text(reading->arena, result, row, 10),
        .extension = target_text(reading->arena, result, row, 11),
    };
}

bool
target_catalog_read_types(const struct catalog_reading *reading, struct type_table *types,
                          struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_catalog_query(reading, types_query, &result, err)) {
        return false;
    }
    types->row_count = (size_t)PQntuples(result);
    types->rows = arena_alloc(reading->arena, types->row_count * sizeof *types->rows);
    for (size_t i = 0; i < types->row_count; i++) {
        types->rows[i] = type_from_row(reading, result, (int)i);
    }
    return read_labels(reading, types, err);
}

static void
read_numeric_modifier(struct target_type *type)
{
    int32_t bits = type->typmod - TYPMOD_HEADER;
    type->precision = (bits >> 16) & 0xffff;
    type->scale = ((bits & 0x7ff) ^ NUMERIC_SCALE_SIGN) - NUMERIC_SCALE_SIGN;
}

static void
read_modifier(struct target_type *type)
{
    if (type->typmod < 0) {
        return;
    }
    switch (type->oid) {
    case OID_BPCHAR:
    case OID_VARCHAR: type->length = type->typmod - TYPMOD_HEADER; break;
    case OID_BIT:
    case OID_VARBIT: type->length = type->typmod; break;
    case OID_NUMERIC: read_numeric_modifier(type); break;
    case OID_TIME:
    case OID_TIMETZ:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ: type->precision = type->typmod; break;
    case OID_INTERVAL: {
        int32_t precision = type->typmod & INTERVAL_FULL_PRECISION;
        type->precision = precision == INTERVAL_FULL_PRECISION ? -1 : precision;
        break;
    }
    default: break;
    }
}

static enum target_type_class
class_of(const struct type_row *row)
{
    switch (row->type) {
    case 'e': return TARGET_TYPE_ENUM;
    case 'c': return TARGET_TYPE_COMPOSITE;
    case 'r':
    case 'm': return TARGET_TYPE_RANGE;
    case 'p': return TARGET_TYPE_PSEUDO;
    default: return row->element != 0 ? TARGET_TYPE_ARRAY : TARGET_TYPE_BASE;
    }
}

/* Down through the domains of a domain. A modifier stands at the lowest of them. */
static const struct type_row *
resolve_domains(const struct type_table *types, struct arena *arena, uint32_t oid,
                struct target_type *type)
{
    const struct type_row *row = find_type(types, oid);
    while (row != NULL && row->type == 'd') {
        type->domain = type->domain == NULL ? row->full_name : type->domain;
        type->domain_not_null = type->domain_not_null || row->not_null;
        if (row->checks != NULL) {
            type->domain_checks = type->domain_checks == NULL
                                      ? row->checks
                                      : arena_printf(arena, "%s; %s", type->domain_checks,
                                                     row->checks);
        }
        type->typmod = row->base_typmod >= 0 ? row->base_typmod : type->typmod;
        type->name = row->base_name;
        row = find_type(types, row->base);
    }
    return row;
}

static void
fill_element(const struct type_table *types, struct arena *arena, const struct type_row *array,
             struct target_type *type)
{
    struct target_type ignored = {.typmod = -1};
    const struct type_row *element = resolve_domains(types, arena, array->element, &ignored);
    if (element != NULL) {
        type->element_oid = element->oid;
        type->element_name = element->name;
        type->enum_labels = element->labels;
        type->enum_label_count = element->label_count;
    }
}

struct target_type
type_resolve(const struct type_table *types, struct arena *arena, uint32_t oid, int32_t typmod,
             const char *name)
{
    struct target_type type = {.name = name, .typmod = typmod, .precision = -1};
    const struct type_row *row = resolve_domains(types, arena, oid, &type);
    if (row == NULL) { /* made since the types were read: cannot be, on one snapshot */
        type.oid = oid;
        type.base_name = name;
        type.base_schema = "";
        return type;
    }
    type.oid = row->oid;
    type.base_name = row->name;
    type.base_schema = row->schema;
    type.extension = row->extension;
    type.kind = class_of(row);
    type.enum_labels = row->labels;
    type.enum_label_count = row->label_count;
    if (type.kind == TARGET_TYPE_ARRAY) {
        fill_element(types, arena, row, &type);
    }
    read_modifier(&type);
    return type;
}
