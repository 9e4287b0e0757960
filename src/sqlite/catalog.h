/* catalog.h — everything a SQLite file declares, resolved.
 *
 * From PRAGMAs for what they know for certain, from the SQL text (sql/parse.h)
 * for the rest. Columns are referred to by their position in `columns`. */
#ifndef SQLITE_CATALOG_H
#define SQLITE_CATALOG_H

#include "sql/ast.h"
#include "sqlite/source.h"

/* SQLite's own column affinity (https://sqlite.org/datatype3.html, 3.1). */
enum affinity {
    AFFINITY_INTEGER,
    AFFINITY_TEXT,
    AFFINITY_BLOB,
    AFFINITY_REAL,
    AFFINITY_NUMERIC
};

struct source_column {
    struct sql_name name;
    const char *type;                /* declared, as written; "" when none */
    enum affinity affinity;          /* BLOB also for "no type"; STRICT's ANY is BLOB too */
    bool not_null;                   /* declared, or part of a WITHOUT ROWID primary key */
    enum sql_conflict null_conflict; /* of NOT NULL */
    bool rowid_alias;                /* INTEGER PRIMARY KEY */
    int primary_key_position;        /* 1.. in the primary key, 0: not in it */
    const struct sql_expr *default_value; /* NULL: none */
    enum sql_generated generated;
    const struct sql_expr *generated_as;
    const char *collation; /* "BINARY", "NOCASE", ...; never NULL */
};

struct source_index_column {
    int column;                  /* -1: an expression */
    const struct sql_expr *expr; /* only for an expression */
    const char *collation;       /* never NULL */
    bool descending;
};

/* A CREATE INDEX, or a UNIQUE constraint of the table (then name.text is NULL
 * unless the constraint was named). The primary key is not in this list. */
struct source_index {
    struct sql_name name;
    bool unique;
    bool constraint; /* from UNIQUE in CREATE TABLE */
    struct source_index_column *columns;
    size_t column_count;
    const struct sql_expr *where; /* NULL: not partial */
    const char *sql;              /* of the CREATE INDEX; NULL for a constraint */
    const char *problem;          /* the text could not be parsed: why; else NULL */
};

struct source_foreign_key {
    struct sql_name constraint; /* text NULL: unnamed */
    int *columns;               /* in this table */
    size_t column_count;
    const char *parent_name; /* as written */
    int parent;              /* index into catalog->tables; -1: no such table */
    int *parent_columns;     /* in the parent; NULL when parent is -1 or one of
                                      them does not exist */
    const char *on_delete;   /* "CASCADE", ...; NULL: NO ACTION */
    const char *on_update;
    bool deferrable;
    bool initially_deferred;
};

struct source_table {
    struct sql_name name;
    const char *sql;
    const char *query; /* no table, but what this SELECT gives (catalog_add_query); else NULL */
    struct source_column *columns; /* in declaration order, generated ones included */
    size_t column_count;
    int *primary_key; /* column positions in key order */
    size_t primary_key_count;
    struct source_index *indexes; /* in order of their creation */
    size_t index_count;
    struct source_foreign_key *foreign_keys; /* in order of their declaration */
    size_t foreign_key_count;
    struct sql_check *checks;
    size_t check_count;
    struct sql_key *keys; /* as declared; nothing else tells their ON CONFLICT */
    size_t key_count;
    bool without_rowid;
    bool strict;
    bool autoincrement;
    int64_t sequence;       /* sqlite_sequence.seq; 0: none */
    const char *rowid_name; /* "rowid", "oid" or "_rowid_": one that no column hides;
                                      NULL: WITHOUT ROWID, or all three hidden, or 2,000
                                      columns leave no room for it in a SELECT */
    const char *problem;    /* the SQL text could not be parsed: why. Columns, keys and
                                      indexes are then as the PRAGMAs tell; else NULL */
};

enum source_object_kind {
    OBJECT_VIEW,
    OBJECT_TRIGGER,
    OBJECT_VIRTUAL_TABLE,
    OBJECT_SHADOW_TABLE,
    OBJECT_INTERNAL_TABLE /* sqlite_stat1, ... */
};

/* Something that is no ordinary table. */
struct source_object {
    enum source_object_kind kind;
    const char *name;
    const char *table; /* of a trigger, or the owner of a shadow table; else NULL */
    const char *sql;   /* NULL: none */
};

/* An entry of a sorted list of names (ASCII case ignored, as SQLite does). */
struct catalog_name {
    const char *name;
    int position;
};

struct catalog {
    struct source_table *tables; /* ordinary ones, in order of their creation */
    size_t table_count;
    struct source_object *objects;
    size_t object_count;
    const char *encoding; /* "UTF-8", "UTF-16le", "UTF-16be" */
    int64_t page_size;
    int64_t page_count;
    int64_t user_version;
    int64_t application_id;                    /* 0x47504B47: GeoPackage, ... */
    const struct catalog_name *tables_by_name; /* sorted; NULL: searched one by one */
};

/* Reads it all inside one read transaction. Lives as long as `arena`.
 * Thousands of tables and 2,000 columns a table are fine; cost is linear.
 * Fails with ERROR_SOURCE only when sqlite_schema itself cannot be read. */
MUST_USE bool catalog_read(struct source *source, struct arena *arena, struct catalog *catalog,
                           struct error *err);

/* Position of the table (case-insensitive for ASCII, as SQLite does), or -1. */
int catalog_find_table(const struct catalog *catalog, const char *name);
int source_find_column(const struct source_table *table, const char *name);

/* Adds what a SELECT gives as one more table, the last: columns as SQLite names them, without
 * keys. Its rows are scanned in the order in which SQLite finds them. ERROR_USAGE: SQLite does
 * not take it, it is something else than one SELECT, the name is in use. */
MUST_USE bool catalog_add_query(struct source *source, struct arena *arena,
                                struct catalog *catalog, const char *name, const char *sql,
                                struct error *err);

/* Of a declared type. */
enum affinity source_affinity(const char *type, bool strict);

/* BINARY, NOCASE or RTRIM: those that need no application. */
bool source_collation_is_builtin(const char *collation);

#endif
