/* chain.c — one link after another; see chain.h. */
#include "verify/chain.h"

#include "verify/chain_json.h"

#include <string.h>

enum { SHOWN_MAX = 200 };

static const struct plan_column *
find_column(const struct plan_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct source_column *source = table->columns[i].source;
        if (source != NULL && strcasecmp(source->name.text, name) == 0) {
            return &table->columns[i];
        }
    }
    return NULL;
}

/* The column's place among those that are read, added if need be. */
static bool
use_column(struct arena *arena, struct chain *chain, const char *name, size_t *place,
           struct error *err)
{
    const struct plan_column *column = find_column(chain->table, name);
    if (column == NULL) {
        error_set(err, ERROR_USAGE, "chain of table \"%s\": there is no column \"%s\"",
                  chain->table->source->name.text, name);
        return error_hint(err, "columns are named as in the source");
    }
    for (*place = 0; *place < chain->column_count; (*place)++) {
        if (chain->columns[*place] == column) {
            return true;
        }
    }
    *ARENA_APPEND(arena, chain->columns, chain->column_count) = column;
    return true;
}

bool
chain_build(struct arena *arena, const struct plan_table *table, struct chain *chain,
            struct error *err)
{
    const struct chain_rule *rule = table->chain;
    *chain = (struct chain){.table = table, .rule = rule, .previous = SIZE_MAX};
    chain->part_column = arena_alloc(arena, (rule->part_count + 1) * sizeof(size_t));
    if (!use_column(arena, chain, rule->order, &chain->order, err) ||
        !use_column(arena, chain, rule->hash, &chain->hash, err) ||
        (rule->previous != NULL &&
         !use_column(arena, chain, rule->previous, &chain->previous, err))) {
        return false;
    }
    for (size_t i = 0; i < rule->part_count; i++) {
        const char *column = rule->parts[i].column;
        chain->part_column[i] = SIZE_MAX;
        if (column != NULL && !use_column(arena, chain, column, &chain->part_column[i], err)) {
            return false;
        }
    }
    return true;
}

bool
chain_walk_open(struct chain_walk *walk, const struct chain *chain, struct arena *arena,
                struct error *err)
{
    *walk = (struct chain_walk){.chain = chain, .arena = arena};
    return chain_hasher_open(&walk->hasher, chain->rule->digest, err);
}

void
chain_walk_close(struct chain_walk *walk)
{
    chain_hasher_close(&walk->hasher);
    text_free(&walk->previous);
    text_free(&walk->scratch);
    text_free(&walk->shown);
}

/* Text as it is, anything else in hex; long values are cut. */
static const char *
show(struct chain_walk *walk, const struct chain_cell *cell)
{
    if (cell->null) {
        return "NULL";
    }
    size_t size = cell->size < SHOWN_MAX ? cell->size : SHOWN_MAX;
    text_reset(&walk->shown);
    for (size_t i = 0; i < size; i++) {
        if (cell->bytes[i] < ' ' || cell->bytes[i] >= 0x7F) {
            text_reset(&walk->shown);
            text_add(&walk->shown, "x'");
            chain_digest_print(&walk->shown, CHAIN_HEX, cell->bytes, size);
            text_add(&walk->shown, "'");
            return arena_strdup(walk->arena, text_string(&walk->shown));
        }
        text_add_char(&walk->shown, (char)cell->bytes[i]);
    }
    return arena_strdup(walk->arena, text_string(&walk->shown));
}

static void
note_broken(struct chain_walk *walk, const struct chain_cell *cells, size_t column,
            const char *expected)
{
    walk->finding.broken = true;
    walk->finding.order = show(walk, &cells[walk->chain->order]);
    walk->finding.column = walk->chain->columns[column]->name;
    walk->finding.expected = expected;
    walk->finding.found = show(walk, &cells[column]);
}

/* What the row must hold for the hash before it. */
static struct chain_cell
previous_of(const struct chain_walk *walk, const struct chain_cell *cells)
{
    const struct chain *chain = walk->chain;
    const char *genesis = chain->rule->genesis;
    if (walk->finding.links > 0) {
        return (struct chain_cell){.bytes = (const uint8_t *)text_string(&walk->previous),
                                   .size = walk->previous.length};
    }
    if (genesis == NULL && chain->previous != SIZE_MAX) {
        return cells[chain->previous];
    }
    genesis = genesis == NULL ? "" : genesis;
    return (struct chain_cell){.bytes = (const uint8_t *)genesis, .size = strlen(genesis)};
}

/* The same bytes, or the same hex in another case; nothing is the same as NULL. */
static bool
same_hash(const struct chain_walk *walk, const struct chain_cell *a, const struct chain_cell *b)
{
    size_t a_size = a->null ? 0 : a->size;
    size_t b_size = b->null ? 0 : b->size;
    if (a_size != b_size) {
        return false;
    }
    return a_size == 0 || memcmp(a->bytes, b->bytes, a_size) == 0 ||
           (walk->chain->rule->encoding == CHAIN_HEX &&
            strncasecmp((const char *)a->bytes, (const char *)b->bytes, a_size) == 0);
}

static bool
add_bytes(struct chain_walk *walk, const void *bytes, size_t size, struct error *err)
{
    return size == 0 || chain_hasher_add(&walk->hasher, bytes, size, err);
}

/* JSON that is none enters as it is stored: its hash will say so. */
static void
spell(struct text *out, const struct chain_cell *cell, enum chain_form form)
{
    if (cell->null) {
        text_add(out, "null");
    } else if (form == CHAIN_QUOTED) {
        chain_json_quote(out, cell->bytes, cell->size);
    } else if (cell->number || !chain_json_add(out, cell->bytes, cell->size)) {
        text_add_bytes(out, cell->bytes, cell->size);
    }
}

static bool
add_value(struct chain_walk *walk, const struct chain_cell *cell, enum chain_form form,
          struct error *err)
{
    const char *null_text = walk->chain->rule->null_text;
    bool json = form == CHAIN_JSON || form == CHAIN_QUOTED;
    if (cell->null && !json) {
        return null_text == NULL || add_bytes(walk, null_text, strlen(null_text), err);
    }
    if (form == CHAIN_STORED) {
        return add_bytes(walk, cell->bytes, cell->size, err);
    }
    text_reset(&walk->scratch);
    if (json) {
        spell(&walk->scratch, cell, form);
    } else {
        chain_digest_print(&walk->scratch, CHAIN_HEX, cell->bytes, cell->size);
    }
    return add_bytes(walk, walk->scratch.bytes, walk->scratch.length, err);
}

static bool
hash_row(struct chain_walk *walk, const struct chain_cell *cells,
         const struct chain_cell *previous, uint8_t digest[CHAIN_DIGEST_MAX], struct error *err)
{
    const struct chain *chain = walk->chain;
    const struct chain_rule *rule = chain->rule;
    bool ok = chain_hasher_begin(&walk->hasher, err);
    for (size_t i = 0; ok && i < rule->part_count; i++) {
        const struct chain_part *part = &rule->parts[i];
        size_t column = chain->part_column[i];
        ok = part->literal != NULL
                 ? add_bytes(walk, part->literal, part->literal_size, err)
                 : add_value(walk, column == SIZE_MAX ? previous : &cells[column], part->form,
                             err);
    }
    return ok && chain_hasher_end(&walk->hasher, digest, err);
}

static bool
check_hash(struct chain_walk *walk, const struct chain_cell *cells,
           const struct chain_cell *previous, struct error *err)
{
    const struct chain_rule *rule = walk->chain->rule;
    const struct chain_cell *stored = &cells[walk->chain->hash];
    uint8_t digest[CHAIN_DIGEST_MAX];
    size_t size = chain_digest_size(rule->digest);
    if (!hash_row(walk, cells, previous, digest, err)) {
        return false;
    }
    if (stored->null ||
        !chain_digest_is(rule->encoding, digest, size, stored->bytes, stored->size)) {
        AUTO_TEXT expected = {0};
        chain_digest_print(&expected, rule->encoding, digest, size);
        note_broken(walk, cells, walk->chain->hash,
                    arena_strdup(walk->arena, text_string(&expected)));
    }
    return true;
}

bool
chain_walk_link(struct chain_walk *walk, const struct chain_cell *cells, struct error *err)
{
    const struct chain *chain = walk->chain;
    const struct chain_cell *stored = &cells[chain->hash];
    if (!walk->finding.broken) {
        struct chain_cell previous = previous_of(walk, cells);
        bool held = chain->previous != SIZE_MAX;
        if (held && !same_hash(walk, &cells[chain->previous], &previous)) {
            note_broken(walk, cells, chain->previous, show(walk, &previous));
        } else if (!check_hash(walk, cells, held ? &cells[chain->previous] : &previous, err)) {
            return false;
        }
    }
    walk->finding.links++;
    text_reset(&walk->previous);
    if (!stored->null) {
        text_add_bytes(&walk->previous, stored->bytes, stored->size);
    }
    return true;
}
