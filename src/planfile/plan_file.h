/* plan_file.h — the plan file (YAML, version 1) as a model: what a person decided, with the
 * place of each decision. docs/plan-file.md says what every key means.
 *
 * Nothing here knows the source: names are as written. plan_rules.h fits them to a catalog.
 * The zero value of every optional member means "not said". */
#ifndef PLANFILE_PLAN_FILE_H
#define PLANFILE_PLAN_FILE_H

#include "base/text.h"
#include "planfile/chain_rule.h"
#include "planfile/place.h"
#include "profile/choose.h"
#include "value/type.h"

/* A word or a text of the file. text NULL: not said. */
struct plan_word {
    const char *text;
    struct plan_place place;
};

struct plan_words {
    struct plan_word *items;
    size_t count;
    struct plan_place place;
};

enum names_mode {
    NAMES_SOURCE, /* as PostgreSQL would have read the same text: unquoted folds, quoted keeps */
    NAMES_FOLD,
    NAMES_KEEP,
};

enum plan_switch { SWITCH_UNSAID, SWITCH_OFF, SWITCH_ON };

enum plan_orphans {
    ORPHANS_UNSAID,
    ORPHANS_KEEP,      /* they arrive; the constraint stays NOT VALID */
    ORPHANS_SET_ASIDE, /* the rows do not arrive */
    ORPHANS_NULL,      /* they arrive, referring to nothing */
};

enum plan_conflict {
    CONFLICT_UNSAID, /* plain COPY */
    CONFLICT_ERROR,  /* a row that is there already sets the new one aside */
    CONFLICT_SKIP,
    CONFLICT_UPDATE,
};

/* What COLLATE NOCASE becomes. */
enum plan_nocase {
    NOCASE_UNSAID,
    NOCASE_LOWER,  /* text, with indexes on lower(column) */
    NOCASE_CITEXT, /* the extension's type */
    NOCASE_NONE,   /* text, compared as it is */
};

enum plan_default_kind {
    DEFAULT_UNSAID,
    DEFAULT_NULL,  /* none, whatever the source declares */
    DEFAULT_VALUE, /* text: a value of the column's type */
    DEFAULT_SQL,   /* text: a PostgreSQL expression */
};
struct plan_default {
    enum plan_default_kind kind;
    const char *text;
    struct plan_place place;
};

/* Under `columns` (name: of the source) or `add` (name: of the target). */
struct plan_file_column {
    struct plan_word name;
    struct plan_word to; /* its name in the target */
    struct plan_word type_word;
    struct value_type type; /* meaningful when has_type; zone, epoch, ... included */
    bool has_type;
    struct plan_words labels;   /* enum: [a, b]: the type is an enum named by `type`, or after
                                   the column */
    struct plan_word zone_word; /* also opened, in type.zone */
    struct plan_word keep_old;  /* a further column for the old text of a uuid key */
    struct plan_word key_of;    /* uuid: these are keys of a table that no source has */
    struct plan_word collation; /* see collation.h */
    enum plan_switch identity;
    enum plan_switch not_null;
    struct plan_default default_value;
    struct plan_word generated; /* PostgreSQL expression */
    struct plan_word check;     /* PostgreSQL condition */
    struct plan_word comment;
};

/* Under keys.references: a foreign key that the source does not declare, or one that it does,
 * with other actions. */
struct plan_file_reference {
    struct plan_words columns; /* of this table */
    struct plan_word table;    /* as written in front of the last dot: "users", "auth.users" */
    struct plan_words parent_columns;
    const char *on_delete; /* "CASCADE", "SET NULL", ...; NULL: NO ACTION */
    const char *on_update;
    enum plan_switch deferrable; /* also: initially deferred */
    struct plan_place place;
};

struct plan_file_index {
    struct plan_words columns;   /* "email", "created_at DESC"; or */
    struct plan_word expression; /* PostgreSQL's words */
    struct plan_word where;
    struct plan_word name;
    struct plan_word using; /* "gin", ... */
    bool unique;
    struct plan_place place;
};

struct plan_file_search {
    struct plan_words columns;
    const char *config; /* "english", "simple" */
    struct plan_word name;
    struct plan_place place;
};

struct plan_file_table {
    struct plan_place place;
    struct plan_word from;   /* as written: "users", "registry.agents"; or */
    struct plan_word query;  /* a SELECT, and */
    struct plan_word source; /* the source it is asked of, where there are several */
    struct plan_word to;     /* as written; split in */
    const char *to_schema;   /* NULL: not said */
    const char *to_name;     /* NULL: not said */
    bool skip;
    struct plan_words skip_columns;
    struct plan_file_column *columns;
    size_t column_count;
    struct plan_file_column *added;
    size_t added_count;
    struct plan_words key; /* the primary key */
    struct plan_file_reference *references;
    size_t reference_count;
    struct plan_words *uniques;
    size_t unique_count;
    struct plan_file_index *indexes;
    size_t index_count;
    struct plan_file_search *searches;
    size_t search_count;
    struct plan_words checks; /* of the table as a whole */
    struct plan_word comment;
    enum plan_conflict on_conflict;
    enum plan_orphans orphans;
    enum plan_nocase nocase;
    struct chain_rule *chain; /* NULL: none */
};

struct plan_file_source {
    struct plan_word name;
    struct plan_word path;   /* as written, ${VAR} not expanded; relative to the plan file */
    struct plan_word schema; /* NULL: as defaults say */
};

struct plan_file_defaults {
    bool has_types;
    enum types_mode types;
    struct plan_word names; /* "source", "fold", "keep" */
    bool has_bad_text;
    enum bad_text bad_text;
    struct plan_word schema;   /* may hold "{source}" */
    struct plan_word timezone; /* also opened: */
    const struct zone *zone;   /* NULL: UTC */
    enum plan_orphans orphans;
    enum plan_nocase nocase;
    struct plan_word collation; /* see collation.h; NULL: C */
    enum plan_conflict on_conflict;
};

/* Part of the file that another command reads. */
struct plan_aside {
    struct plan_word key; /* "partition", "graph", ... */
    const char *command;  /* "outgrow partition" */
};

struct plan_file {
    const char *path; /* as given; shown in errors */
    const char *text; /* what is kept with a run: the file without the target */
    struct plan_word name;
    uint8_t namespace[UUID_NAMESPACE_SIZE];
    struct plan_file_source *sources;
    size_t source_count;
    struct plan_word target; /* as written: plan_file_target makes a connection string of it */
    struct plan_file_defaults defaults;
    bool into_existing;       /* as the option --into-existing */
    struct plan_words before; /* SQL files, relative to the plan file */
    struct plan_file_table *tables;
    size_t table_count;
    struct plan_aside *asides;
    size_t aside_count;
};

/* The bytes of the file at `path`. ERROR_SYSTEM; ERROR_USAGE when it is no text. */
MUST_USE bool plan_file_load(const char *path, struct text *text, struct error *err);

/* Reads the file at `path`, or the text kept with a run (plan_file_read_text; then `path` is
 * only shown). All lives as long as `arena`. ERROR_USAGE in one
 * line, "plan.yaml:12:7: ...", with a hint; ERROR_SYSTEM when it cannot be read. */
MUST_USE bool plan_file_read(struct arena *arena, const char *path, struct plan_file *file,
                             struct error *err);
MUST_USE bool plan_file_read_text(struct arena *arena, const char *path, const char *text,
                                  size_t size, struct plan_file *file, struct error *err);

/* The connection string, with ${VAR} from the environment: a secret, never shown or stored.
 * NULL: the file names none, or no more than ${DATABASE_URL}, which target_choose looks at anyway
 * and does without. ERROR_USAGE: the environment lacks a variable. */
MUST_USE bool plan_file_target(struct arena *arena, const struct plan_file *file,
                               const char **target, struct error *err);

/* ERROR_USAGE at a place of the file. Always false. */
bool plan_file_failed(const struct plan_file *file, struct plan_place place, struct error *err,
                      const char *format, ...) PRINTF_LIKE(4, 5);

/* The namespace of a plan that names none: made of its name. */
void plan_file_namespace(const char *plan_name, uint8_t namespace[UUID_NAMESPACE_SIZE]);

/* A path of the file (sources, before), relative to where the file is. */
const char *plan_file_resolve(struct arena *arena, const struct plan_file *file,
                              const char *path);

#endif
