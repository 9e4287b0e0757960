/* target_catalog.h — what is already in the target, as its catalog tells it.
 *
 * Pure data: names, types, keys, triggers, rights. Read in a fixed number of
 * queries however many tables there are, all on one snapshot. */
#ifndef POSTGRES_TARGET_CATALOG_H
#define POSTGRES_TARGET_CATALOG_H

#include "postgres/target_collation.h"

enum target_relation_kind {
    TARGET_TABLE = 'r',
    TARGET_PARTITIONED_TABLE = 'p',
    TARGET_VIEW = 'v',
    TARGET_MATERIALIZED_VIEW = 'm',
    TARGET_FOREIGN_TABLE = 'f',
};

/* Which way a value has to go into a column. */
enum target_type_class {
    TARGET_TYPE_BASE,
    TARGET_TYPE_ENUM,  /* labels */
    TARGET_TYPE_ARRAY, /* element_* */
    TARGET_TYPE_COMPOSITE /* a row type */,
    TARGET_TYPE_RANGE /* ranges and multiranges */,
    TARGET_TYPE_PSEUDO
};

/* A type, domains resolved: `oid` and what follows are those of the base type below all
 * domains, `domain` names the outermost domain where there is one. */
struct target_type {
    uint32_t oid;     /* of the base type */
    const char *name; /* as format_type writes it, typmod included: "numeric(10,2)", and with
                         the schema unless that is pg_catalog: "public.mood" */
    const char *base_name;       /* pg_type.typname: "int4", "varchar", "mood", "_text" */
    const char *base_schema;     /* "pg_catalog", ... */
    const char *extension;       /* "citext", "vector", ...; NULL: no extension's */
    enum target_type_class kind; /* of the base type */
    const char *domain;          /* schema.name, quoted as needed; NULL: no domain */
    bool domain_not_null;        /* a domain in the chain says NOT NULL */
    const char *domain_checks;   /* their definitions, "; " between; NULL: none */
    int32_t typmod;              /* raw; -1: none */
    int32_t length;              /* varchar, char: characters; bit: bits; 0: no limit */
    int32_t precision;           /* numeric: digits; time types: fractional digits; -1: none */
    int32_t scale;               /* numeric: may be negative from PostgreSQL 15 on */
    uint32_t element_oid;        /* array: base type of its elements; 0: no array */
    const char *element_name;    /* array: their pg_type.typname; else NULL */
    const char *const *enum_labels; /* enum (or array of one), in their order */
    size_t enum_label_count;
};

enum target_identity {
    TARGET_IDENTITY_NONE = 0,
    TARGET_IDENTITY_ALWAYS = 'a',
    TARGET_IDENTITY_BY_DEFAULT = 'd'
};

struct target_column {
    const char *name;
    int attnum; /* as constraints and indexes count; gaps where columns were dropped */
    struct target_type type;
    bool not_null;           /* of the column itself or of its domain */
    const char *default_sql; /* NULL: none; a generated column's expression is here, too */
    enum target_identity identity;
    bool generated;        /* GENERATED ALWAYS AS: takes no value */
    const char *collation; /* schema.name where it is not the type's own; else NULL */
    bool bytewise; /* compared by its bytes; also where it is not compared as a text at all */
    const char *sequence; /* schema.name, quoted as needed: owned by this column (serial or
                                identity); NULL: none */
    const char *comment;  /* NULL: none */
    bool can_insert;      /* our right, the table's or the column's own */
    bool can_update;
};

enum target_constraint_kind {
    TARGET_PRIMARY_KEY = 'p',
    TARGET_UNIQUE = 'u',
    TARGET_CHECK = 'c',
    TARGET_FOREIGN_KEY = 'f',
    TARGET_EXCLUSION = 'x',
    TARGET_CONSTRAINT_TRIGGER = 't',
    TARGET_NOT_NULL = 'n' /* PostgreSQL 18 */
};

struct target_constraint {
    uint32_t oid;
    const char *name;
    enum target_constraint_kind kind;
    const int *columns; /* attnums, in key order; none for an expression */
    size_t column_count;
    const char *definition; /* pg_get_constraintdef: "FOREIGN KEY (a) REFERENCES s.t(id) ..." */
    bool validated;
    bool deferrable;
    bool initially_deferred;
    bool inherited; /* came from a partitioned parent: dropped and made there, not here */
    /* Foreign keys: */
    const char *parent_schema; /* NULL: no foreign key */
    const char *parent_table;
    const int *parent_columns; /* attnums in the parent, as many as column_count */
    char on_delete;            /* a, r, c, n, d as in pg_constraint; 0: no foreign key */
    char on_update;
};

struct target_index {
    const char *name;
    const char *definition; /* pg_get_indexdef */
    const int *columns;     /* attnums of the key columns; 0: an expression */
    size_t column_count;    /* without INCLUDEd ones */
    bool unique;
    bool primary;
    bool valid;
    bool partial;            /* has a WHERE */
    bool nulls_not_distinct; /* PostgreSQL 15 */
    const char *constraint;  /* that it belongs to; NULL: a plain index */
};

enum target_trigger_state {
    TRIGGER_ENABLED = 'O', /* except under session_replication_role = replica */
    TRIGGER_DISABLED = 'D',
    TRIGGER_REPLICA = 'R',
    TRIGGER_ALWAYS = 'A'
};

struct target_trigger {
    const char *name;
    const char *definition; /* pg_get_triggerdef */
    enum target_trigger_state state;
    bool internal;  /* made by a constraint */
    bool inherited; /* a clone of a partitioned parent's */
};

struct target_table {
    uint32_t oid;
    const char *schema;
    const char *name;
    enum target_relation_kind kind;
    const char *owner;
    const char *comment;           /* NULL: none */
    const char *partition_of;      /* schema.name of the parent, quoted as needed; NULL: no
                                      partition */
    struct target_column *columns; /* in order of attnum */
    size_t column_count;
    struct target_constraint *constraints; /* sorted by name */
    size_t constraint_count;
    struct target_index *indexes; /* sorted by name */
    size_t index_count;
    struct target_trigger *triggers; /* sorted by name; internal ones included */
    size_t trigger_count;
    double rows_estimate; /* reltuples; -1: the server does not know */
    bool empty_known;     /* whether `empty` was looked up: we may select and it is a table */
    bool empty;           /* no row is visible to us */
    bool row_security;    /* ENABLE ROW LEVEL SECURITY */
    bool row_security_forced; /* also for its owner */
    bool row_security_active; /* for us, now: rows may be hidden or refused */
    bool can_select;
    bool can_insert; /* on the whole table */
    bool can_update;
    bool can_delete;
    bool can_truncate;
    bool can_trigger; /* TRIGGER right: create triggers; not: disable them */
    bool is_owner;    /* we are its owner's role or a member of it: ALTER TABLE works */
};

struct target_catalog {
    struct target_table *tables; /* tables and views, sorted by schema, then name (bytes) */
    size_t table_count;
    const char *const *schemas; /* of those asked for, the ones that exist; sorted */
    size_t schema_count;
    int server_version; /* 150004 */
    const char *user;   /* current_user */
    bool superuser;
    struct target_locale locale;
    bool can_replicate_role; /* may SET session_replication_role */
};

/* Reads tables and views of `schemas` (count 0: every schema but PostgreSQL's own, toast,
 * temporary ones and `outgrow`). Lives as long as `arena`. Waits for nobody but those who
 * hold a table ACCESS EXCLUSIVE, when it looks whether that is empty.
 * Fails with ERROR_TARGET or ERROR_STOPPED. */
MUST_USE bool target_catalog_read(PGconn *conn, struct arena *arena, const char *const *schemas,
                                  size_t schema_count, struct target_catalog *catalog,
                                  struct error *err);

/* By exact name; NULL: none. */
const struct target_table *target_catalog_find(const struct target_catalog *catalog,
                                               const char *schema, const char *table);
const struct target_column *target_table_column(const struct target_table *table,
                                                const char *name);
const struct target_column *target_table_attribute(const struct target_table *table,
                                                   int attnum);

/* Ignoring ASCII case: the exact name where it is there, else the only other one; NULL: none,
 * or several that differ in case only. */
const struct target_table *target_catalog_find_folded(const struct target_catalog *catalog,
                                                      const char *schema, const char *table);
const struct target_column *target_table_column_folded(const struct target_table *table,
                                                       const char *name);

#endif
