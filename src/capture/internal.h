/* internal.h — what the files behind capture.h, fence.h and row_copy.h share. */
#ifndef CAPTURE_INTERNAL_H
#define CAPTURE_INTERNAL_H

#include "base/text.h"
#include "capture/capture.h"
#include "sqlite/schema_edit.h"
#include "sqlite/writer.h"

enum { CAPTURE_KEY_MAX = 32, CAPTURE_TRIGGERS_MAX = 6 };

#define CAPTURE_PREFIX        "_outgrow_"
#define CAPTURE_TRIGGER_GLOB  "_outgrow_[0-9]*"
#define CAPTURE_FENCE_GLOB    "_outgrow_fence_*"
#define CAPTURE_META_INSTALL  "install"
#define CAPTURE_META_NONCE    "nonce"
#define CAPTURE_META_PREVIOUS "previous_nonce"
#define CAPTURE_META_TRIGGERS "triggers"
#define CAPTURE_META_FENCE    "fence"
#define CAPTURE_META_CAP      "log_cap"
#define CAPTURE_META_LIMIT    "log_limit"
#define CAPTURE_META_OWNER    "owner"
#define CAPTURE_META_OWNED_BY "owned_by"

enum { SHORT_READ_US = 3000 }; /* how long one read transaction may last, of many that follow */
enum { CAPTURE_SLICE_ROWS = 5000 }; /* of the log, that one transaction removes */

/* A value of _outgrow_meta, in the writer's open transaction or alone. */
MUST_USE bool meta_set(struct source *writer, const char *key, const char *value,
                       struct error *err);
/* As a number, which SQLite compares with numbers: any text is more than all of them. */
MUST_USE bool meta_set_number(struct source *writer, const char *key, int64_t number,
                              struct error *err);
MUST_USE bool meta_remove(struct source *writer, const char *key, struct error *err);
MUST_USE bool random_id(char id[CAPTURE_ID_SIZE], struct error *err);

/* The log's own trigger, named so that it is one of capture's: room.c. */
extern const char capture_room_trigger_name[];
extern const char capture_room_trigger_sql[];
/* capture_cap_set in the writer's open transaction. */
MUST_USE bool capture_room_set(struct source *writer, int64_t rows, int64_t applied,
                               struct error *err);
/* The log may grow behind `applied` again, unless it is full. In the writer's open transaction. */
MUST_USE bool capture_room_renew(struct source *writer, const struct capture_state *state,
                                 int64_t applied, struct error *err);

/* One of our triggers. */
struct capture_trigger {
    const char *name;
    const char *sql;
};

/* Those that a table needs; id and key must be set. Returns how many. False: an index cannot be
 * understood; `why` says which. */
MUST_USE bool capture_triggers_write(struct arena *arena, const struct source_table *table,
                                     const struct capture_table *capture,
                                     struct capture_trigger *triggers, size_t *count,
                                     const char **why);

/* Compiles a write of every kind into each table whose triggers are new. Where it is our triggers
 * that SQLite does not take, the table gets a refusal, and *refused is set. */
MUST_USE bool capture_triggers_try(struct source *writer, struct arena *arena,
                                   const struct catalog *catalog, struct capture_table *tables,
                                   bool *refused, struct error *err);

/* How a row of a table is known: "_outgrow_row"."id", NEW."id", ... */
void capture_key_add(struct text *sql, const struct source_table *table,
                     const struct capture_table *capture, size_t key, const char *row);
/* INSERT INTO _outgrow_log(t,k1,...) */
void capture_log_into_add(struct text *sql, const struct capture_table *capture);
/* 1 and 1.0 are equal and may both stand in this key column. */
bool capture_key_is_loose(const struct source_table *table, const struct capture_table *capture,
                          size_t key);

/* The unique indexes that can make REPLACE remove a row with another key. */
struct capture_rival {
    const struct source_index_column *columns;
    size_t column_count;
    const struct sql_expr *where;
    bool own_key;    /* the key itself, whose collation takes different keys for one */
    bool everything; /* which columns it depends on is not known */
};
MUST_USE bool capture_rivals_find(struct arena *arena, const struct source_table *table,
                                  const struct capture_table *capture,
                                  struct capture_rival **rivals, size_t *count,
                                  const char **why);

/* The columns of the primary key with the collations of its index. */
struct source_index_column *capture_primary_key(struct arena *arena,
                                                const struct source_table *table);

/* The columns that an expression names. False: cannot be told. */
bool capture_expr_columns(const struct sql_expr *expr, const struct source_table *table,
                          bool *columns);
/* An expression as written, without comments and without the table in front of its columns. */
void capture_expr_add(struct text *sql, const struct sql_expr *expr);

/* Whether these columns of the table hold no NULL and one storage class each. Read in short
 * transactions; ends with the first row that says no. */
MUST_USE bool capture_classes_agree(struct source *source, const struct source_table *table,
                                    const struct source_index_column *columns, size_t count,
                                    bool *agree, struct error *err);

/* How a key is written down in _outgrow_meta: "" by rowid, else quoted columns. */
const char *capture_key_text(struct arena *arena, const struct source_table *table,
                             const struct capture_table *capture);

bool capture_is_installed(struct source *source);

/* What _outgrow_meta knows about tables that are captured, or were. */
struct capture_known {
    int64_t id;
    const char *table;
    const char *key;
    bool triggered; /* its triggers say which table it is now; else the name it had */
};
/* One entry per table, sorted by its name. */
MUST_USE bool capture_known_read(struct source *source, struct arena *arena,
                                 struct capture_known **known, size_t *count,
                                 struct error *err);
const struct capture_known *capture_known_find(const struct capture_known *known, size_t count,
                                               const char *table);

#endif
