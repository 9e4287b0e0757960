/* build_types.c — a type for every column; one type for columns tied by a foreign key. */
#include "planner/builder.h"

/* Columns of all tables in one numbering, in groups (union-find). */
struct ties {
    size_t *first;  /* number of each table's first column */
    size_t *leader; /* of each column; itself when alone */
    size_t count;
};

static size_t
find_leader(const struct ties *ties, size_t column)
{
    while (ties->leader[column] != column) {
        ties->leader[column] = ties->leader[ties->leader[column]];
        column = ties->leader[column];
    }
    return column;
}

static void
mark_keys(struct builder *builder, size_t index)
{
    const struct source_table *source = &builder->catalog->tables[index];
    bool *keys = builder->keys[index];
    for (size_t i = 0; i < source->primary_key_count; i++) {
        keys[source->primary_key[i]] = true;
    }
    for (size_t i = 0; i < source->index_count; i++) {
        const struct source_index *unique = &source->indexes[i];
        for (size_t c = 0; unique->unique && c < unique->column_count; c++) {
            if (unique->columns[c].column >= 0) {
                keys[unique->columns[c].column] = true;
            }
        }
    }
    for (size_t i = 0; i < source->foreign_key_count; i++) {
        const struct source_foreign_key *key = &source->foreign_keys[i];
        for (size_t c = 0; c < key->column_count; c++) {
            keys[key->columns[c]] = true;
            if (key->parent >= 0 && key->parent_columns != NULL) {
                builder->keys[key->parent][key->parent_columns[c]] = true;
            }
        }
    }
}

static bool
has_said_type(const struct builder *builder, size_t table, size_t column)
{
    const struct plan_file_column *said = builder_said_column(builder, table, column);
    return said != NULL && said->has_type;
}

/* The zone of all that does not name its own. */
static void
set_zone(const struct builder *builder, struct value_type *type)
{
    if (builder->options->rules != NULL && type->kind == TYPE_TIMESTAMPTZ &&
        type->zone == NULL) {
        type->zone = builder->options->rules->file->defaults.zone;
    }
}

static bool
said_type(struct builder *builder, size_t table, size_t column)
{
    struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct plan_file_column *said = builder_said_column(builder, table, column);
    if (said == NULL || !said->has_type) {
        return false;
    }
    planned->type = said->type;
    planned->reason = arena_printf(builder->arena, "as line %d of the plan file says",
                                   said->name.place.line);
    set_zone(builder, &planned->type);
    return true;
}

/* A chained column keeps its bytes; COLLATE NOCASE may become citext. */
static void
adjust_type(struct builder *builder, size_t table, struct plan_column *planned)
{
    const struct plan_table *owner = &builder->plan->tables[table];
    bool text = planned->type.kind == TYPE_TEXT || planned->type.kind == TYPE_VARCHAR;
    set_zone(builder, &planned->type);
    if (owner->chain != NULL && chain_rule_reads(owner->chain, planned->source->name.text) &&
        !chain_type_is_exact(planned->type.kind)) {
        planned->type = (struct value_type){.kind = TYPE_TEXT};
        planned->reason = "text: it is under a hash chain, whose bytes must stay";
        planned->witness = (struct witness){0};
    } else if (text && sqlite3_stricmp(planned->source->collation, "NOCASE") == 0 &&
               rules_nocase(builder->options->rules, table) == NOCASE_CITEXT) {
        planned->type = (struct value_type){.kind = TYPE_CITEXT};
        planned->reason = "citext: COLLATE NOCASE, and the plan file says nocase: citext";
    }
}

static void
choose_type(struct builder *builder, size_t table, size_t column)
{
    static const struct column_profile nothing_seen;
    struct plan_column *planned = &builder->plan->tables[table].columns[column];
    if (said_type(builder, table, column)) {
        return;
    }
    const struct column_profile *profile = builder_profile(builder, table, column);
    const struct type_request request = {
        .column = planned->source,
        .profile = profile == NULL ? &nothing_seen : profile,
        .mode = builder->options->types,
        .bad_text = builder->options->bad_text,
        .key = builder->keys[table][column],
    };
    struct type_choice choice = {0};
    type_choose(&request, &choice);
    planned->type = choice.type;
    planned->reason = arena_strdup(builder->arena, choice.reason);
    planned->witness = choice.witness;
    adjust_type(builder, table, planned);
}

static bool
comes_over(const struct builder *builder, size_t table)
{
    return builder->plan->tables[table].problem == NULL;
}

static void
tie(struct builder *builder, struct ties *ties, size_t table)
{
    const struct source_table *source = &builder->catalog->tables[table];
    for (size_t i = 0; i < source->foreign_key_count && comes_over(builder, table); i++) {
        const struct source_foreign_key *key = &source->foreign_keys[i];
        if (key->parent < 0 || key->parent_columns == NULL ||
            !comes_over(builder, (size_t)key->parent)) {
            continue;
        }
        for (size_t c = 0; c < key->column_count; c++) {
            size_t child = ties->first[table] + (size_t)key->columns[c];
            size_t parent = ties->first[key->parent] + (size_t)key->parent_columns[c];
            ties->leader[find_leader(ties, child)] = find_leader(ties, parent);
        }
    }
}

static struct ties
find_ties(struct builder *builder)
{
    struct ties ties = {0};
    ties.first = arena_alloc(builder->arena, builder->plan->table_count * sizeof *ties.first);
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        ties.first[i] = ties.count;
        ties.count += builder->catalog->tables[i].column_count;
    }
    ties.leader = arena_alloc(builder->arena, ties.count * sizeof *ties.leader);
    for (size_t i = 0; i < ties.count; i++) {
        ties.leader[i] = i;
    }
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        tie(builder, &ties, i);
    }
    return ties;
}

/* What a group agrees on, kept at its leader. */
struct agreement {
    struct value_type type;
    const char *because; /* the column that decided, in the source's words */
    size_t members;
    bool pinned; /* an INTEGER PRIMARY KEY is in it: it stays bigint */
    bool said;   /* the plan file says so: all others follow */
};

static void
agree(struct agreement *agreement, const struct plan_column *column, bool said,
      const char *name)
{
    agreement->members++;
    if (said && !agreement->said) {
        agreement->said = true;
        agreement->type = column->type;
        agreement->because = name;
    }
    if (agreement->pinned || agreement->said) {
        return;
    }
    if (column->source->rowid_alias || agreement->members == 1) {
        agreement->pinned = column->source->rowid_alias;
        agreement->type = column->type;
        agreement->because = name;
        return;
    }
    struct value_type joined = type_join(&agreement->type, &column->type);
    if (!value_type_equal(&joined, &agreement->type)) {
        agreement->type = joined;
        agreement->because = name;
    }
}

/* One odd value in a referring column must not turn every id of the database into
 * text: beside an INTEGER PRIMARY KEY the odd column stands alone. */
static void
follow(struct builder *builder, const struct agreement *agreement, struct plan_column *column)
{
    struct value_type joined = type_join(&agreement->type, &column->type);
    bool fits = agreement->said || value_type_equal(&joined, &agreement->type);
    if (!fits || value_type_equal(&column->type, &agreement->type)) {
        return;
    }
    AUTO_TEXT own = {0};
    value_type_print_short(&column->type, &own);
    column->reason = arena_printf(
        builder->arena, "the type of %s, which a foreign key ties it to; alone %s: %s",
        agreement->because, text_string(&own), column->reason);
    column->type = agreement->type;
}

static void
unify_tied(struct builder *builder)
{
    struct ties ties = find_ties(builder);
    struct agreement *agreements = arena_alloc(builder->arena, ties.count * sizeof *agreements);
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        struct plan_table *table = &builder->plan->tables[t];
        for (size_t c = 0; c < table->column_count; c++) {
            struct agreement *agreement = &agreements[find_leader(&ties, ties.first[t] + c)];
            agree(agreement, &table->columns[c], has_said_type(builder, t, c),
                  builder_column_name(builder, t, c));
        }
    }
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        struct plan_table *table = &builder->plan->tables[t];
        for (size_t c = 0; c < table->column_count; c++) {
            const struct agreement *agreement =
                &agreements[find_leader(&ties, ties.first[t] + c)];
            if (agreement->members > 1 && !has_said_type(builder, t, c)) {
                follow(builder, agreement, &table->columns[c]);
            }
        }
    }
}

static void
mark_mixed_bytes(struct builder *builder, size_t table, size_t column)
{
    struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct column_profile *profile = builder_profile(builder, table, column);
    planned->mixed_bytes = planned->type.kind == TYPE_BYTEA && profile != NULL &&
                           profile->blobs < column_profile_values(profile);
}

static uint64_t
without_sign(int64_t integer)
{
    return integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
}

static void
mark_integer_most(struct builder *builder, size_t table, size_t column)
{
    struct plan_column *planned = &builder->plan->tables[table].columns[column];
    const struct column_profile *profile = builder_profile(builder, table, column);
    if (profile != NULL && profile->integers > 0) {
        uint64_t low = without_sign(profile->integer_min);
        uint64_t high = without_sign(profile->integer_max);
        planned->integer_most = low > high ? low : high;
    }
}

void
build_types(struct builder *builder)
{
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        mark_keys(builder, i);
    }
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        for (size_t c = 0; c < builder->plan->tables[t].column_count; c++) {
            choose_type(builder, t, c);
        }
    }
    unify_tied(builder);
    build_uuid_rules(builder);
    build_said_types(builder);
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        for (size_t c = 0; c < builder->plan->tables[t].column_count; c++) {
            mark_mixed_bytes(builder, t, c);
            mark_integer_most(builder, t, c);
        }
    }
}
