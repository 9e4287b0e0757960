/* keys.c — by what the rows of each table are known while it is captured. */
#include "capture/internal.h"

#include <string.h>

enum { RESULT_COLUMNS_MAX = 2000 }; /* SQLite's own limit, of a SELECT */

struct key_chooser {
    struct source *source;
    struct arena *arena;
    const struct catalog *catalog;
    const struct capture_known *known;
    size_t known_count;
};

const char *
capture_key_text(struct arena *arena, const struct source_table *table,
                 const struct capture_table *capture)
{
    AUTO_TEXT text = {0};
    for (size_t i = 0; !capture->by_rowid && i < capture->key_count; i++) {
        text_add(&text, i == 0 ? "" : ",");
        source_quote(&text, table->columns[capture->key_columns[i]].name.text);
    }
    return arena_strdup(arena, text_string(&text));
}

static void
take_rowid(const struct source_table *table, struct capture_table *capture)
{
    bool alias = table->primary_key_count == 1 &&
                 table->columns[table->primary_key[0]].rowid_alias;
    capture->by_rowid = true;
    capture->key_count = 1;
    capture->rowid_moves = !alias;
    capture->key_columns = NULL;
}

static void
take_columns(struct key_chooser *self, struct capture_table *capture,
             const struct source_index_column *columns, size_t count)
{
    capture->by_rowid = false;
    capture->key_count = count;
    capture->key_columns = arena_alloc(self->arena, (count + 1) * sizeof(int));
    for (size_t i = 0; i < count; i++) {
        capture->key_columns[i] = columns[i].column;
    }
}

static bool
is_primary(const struct source_table *table, const struct source_index_column *columns,
           size_t count)
{
    bool same = count == table->primary_key_count;
    for (size_t i = 0; same && i < count; i++) {
        same = columns[i].column == table->primary_key[i];
    }
    return same;
}

/* What is declared: plain columns, whose index serves a search by their own collation. A
 * primary key may leave out NOT NULL, as most do; whether it holds NULLs is seen later. */
static bool
may_be_key(const struct source_table *table, const struct source_index_column *columns,
           size_t count)
{
    bool may = count > 0 && count <= CAPTURE_KEY_MAX;
    bool nulls = is_primary(table, columns, count);
    for (size_t i = 0; may && i < count; i++) {
        if (columns[i].column < 0) {
            return false;
        }
        const struct source_column *column = &table->columns[columns[i].column];
        may = (nulls || column->not_null) && column->generated == SQL_GENERATED_NO &&
              source_collation_is_builtin(columns[i].collation) &&
              sqlite3_stricmp(columns[i].collation, column->collation) == 0;
    }
    return may;
}

static bool
is_known(struct key_chooser *self, const struct source_table *table,
         struct capture_table *capture, const char *known)
{
    return known != NULL && strcmp(capture_key_text(self->arena, table, capture), known) == 0;
}

/* known: the key that capture was installed with; NULL: go by what the table holds. */
static bool
try_key(struct key_chooser *self, const struct source_table *table,
        struct capture_table *capture, const struct source_index *index, const char *known,
        struct error *err)
{
    bool taken = false;
    if (!may_be_key(table, index->columns, index->column_count)) {
        return true;
    }
    take_columns(self, capture, index->columns, index->column_count);
    if (known != NULL) {
        taken = is_known(self, table, capture, known);
    } else if (!capture_classes_agree(self->source, table, index->columns, index->column_count,
                                      &taken, err)) {
        return false;
    }
    capture->key_count = taken ? capture->key_count : 0;
    return true;
}

/* The primary key first, then whatever else is unique. */
static bool
try_keys(struct key_chooser *self, const struct source_table *table,
         struct capture_table *capture, const char *known, struct error *err)
{
    const struct source_index primary = {.columns = capture_primary_key(self->arena, table),
                                         .column_count = table->primary_key_count};
    if (!try_key(self, table, capture, &primary, known, err)) {
        return false;
    }
    for (size_t i = 0; capture->key_count == 0 && i < table->index_count; i++) {
        const struct source_index *index = &table->indexes[i];
        if (index->unique && index->where == NULL && index->problem == NULL &&
            !try_key(self, table, capture, index, known, err)) {
            return false;
        }
    }
    return true;
}

/* The key that capture was installed with stays, whatever the rows have become: the log and
 * the target were made for it. */
static bool
choose_columns(struct key_chooser *self, const struct source_table *table,
               struct capture_table *capture, const char *known, struct error *err)
{
    if (known != NULL && !try_keys(self, table, capture, known, err)) {
        return false;
    }
    return capture->key_count > 0 || try_keys(self, table, capture, NULL, err);
}

/* WITHOUT ROWID: there is only the primary key, whatever it holds. */
static void
choose_primary(struct key_chooser *self, const struct source_table *table,
               struct capture_table *capture, bool must_be_rowid)
{
    const struct source_index_column *primary = capture_primary_key(self->arena, table);
    if (must_be_rowid) {
        capture->refusal = "its primary key is not carried, and it has no rowid";
    } else if (!may_be_key(table, primary, table->primary_key_count)) {
        capture->refusal = "its primary key is compared in the application's own way, or has "
                           "too many columns, and it has no rowid";
    } else {
        take_columns(self, capture, primary, table->primary_key_count);
    }
}

static bool
choose_among(struct key_chooser *self, const struct source_table *table,
             struct capture_table *capture, bool must_be_rowid, struct error *err)
{
    if (table->without_rowid) {
        choose_primary(self, table, capture, must_be_rowid);
        return true;
    }
    const struct capture_known *known = capture_known_find(self->known, self->known_count,
                                                           table->name.text);
    const char *key = known == NULL ? NULL : known->key;
    bool by_rowid = must_be_rowid || (key != NULL && key[0] == '\0');
    if (by_rowid && table->rowid_name != NULL) {
        take_rowid(table, capture);
        return true;
    }
    if (!must_be_rowid && !choose_columns(self, table, capture, key, err)) {
        return false;
    }
    if (capture->key_count == 0 && table->rowid_name != NULL) {
        take_rowid(table, capture);
    } else if (capture->key_count == 0) {
        capture->refusal = "it has no key, and its columns hide or leave no room for the rowid";
    }
    return true;
}

/* The id that capture was installed with, where the key still is the same. */
static int64_t
known_id(struct key_chooser *self, const struct source_table *table,
         const struct capture_table *capture)
{
    const struct capture_known *known = capture_known_find(self->known, self->known_count,
                                                           table->name.text);
    bool same = known != NULL && capture->refusal == NULL &&
                strcmp(capture_key_text(self->arena, table, capture), known->key) == 0;
    return same ? known->id : 0;
}

static bool
choose(struct key_chooser *self, size_t position, struct capture_table *capture,
       bool must_be_rowid, struct error *err)
{
    const struct source_table *table = &self->catalog->tables[position];
    *capture = (struct capture_table){.position = (int)position};
    if (table->query != NULL) {
        capture->refusal = "it is the result of a query";
        return true;
    }
    bool alias = table->primary_key_count == 1 &&
                 table->columns[table->primary_key[0]].rowid_alias;
    if (alias && !must_be_rowid) {
        take_columns(self, capture, capture_primary_key(self->arena, table), 1);
    } else if (!choose_among(self, table, capture, must_be_rowid, err)) {
        return false;
    }
    size_t results = capture->key_count + (table->rowid_name != NULL) + table->column_count;
    if (results > RESULT_COLUMNS_MAX) {
        capture->refusal = "it has too many columns to be read together with its key";
    }
    capture->id = known_id(self, table, capture);
    return true;
}

/* A file that notes its changes already says under which id. */
static void
take_known_id(struct key_chooser *self, struct capture_table *capture)
{
    const struct source_table *table = &self->catalog->tables[capture->position];
    const struct capture_known *known = capture_known_find(self->known, self->known_count,
                                                           table->name.text);
    if (known != NULL && capture->refusal == NULL &&
        is_known(self, table, capture, known->key)) {
        capture->id = known->id;
    }
}

bool
capture_choose_keys(struct source *source, struct arena *arena, const struct catalog *catalog,
                    const bool *must_be_rowid, struct capture_table **tables, struct error *err)
{
    AUTO_ARENA scratch = {0};
    struct key_chooser self = {.source = source, .arena = arena, .catalog = catalog};
    struct capture_known *known = NULL;
    if (!capture_known_read(source, &scratch, &known, &self.known_count, err)) {
        return false;
    }
    self.known = known;
    *tables = arena_alloc(arena, (catalog->table_count + 1) * sizeof **tables);
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (!choose(&self, i, &(*tables)[i], must_be_rowid != NULL && must_be_rowid[i], err)) {
            return false;
        }
        take_known_id(&self, &(*tables)[i]);
    }
    return true;
}
