/* names.c — see names.h. */
#include "plan/names.h"

#include "base/hash.h"
#include "postgres/target.h"
#include "value/utf8.h"

#include <assert.h>

enum { HASH_SUFFIX_BYTES = 9, SLOTS_MIN = 16 };

/* The longest prefix of whole characters within `limit` bytes. */
static size_t
clip(const char *text, size_t limit)
{
    size_t characters;
    return utf8_valid_prefix((const uint8_t *)text, strnlen(text, limit), &characters);
}

/* SQLite takes any bytes in a name; PostgreSQL takes UTF-8 only. */
static char *
well_formed(struct arena *arena, const char *text)
{
    char *name = arena_strdup(arena, text);
    size_t length = strlen(name);
    for (size_t i = clip(name, length); i < length; i += clip(name + i, length - i)) {
        name[i++] = '_';
    }
    return name;
}

const char *
names_wanted(struct arena *arena, const struct sql_name *name, enum names_mode mode)
{
    bool fold = mode == NAMES_FOLD || (mode == NAMES_SOURCE && !name->quoted);
    if (!fold) {
        return name->text;
    }
    char *folded = arena_strdup(arena, name->text);
    for (char *c = folded; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c - 'A' + 'a');
        }
    }
    return folded;
}

static size_t
find_slot(const char **slots, size_t slot_count, const char *name)
{
    size_t slot = (size_t)XXH3_64bits(name, strlen(name)) & (slot_count - 1);
    while (slots[slot] != NULL && strcmp(slots[slot], name) != 0) {
        slot = (slot + 1) & (slot_count - 1);
    }
    return slot;
}

bool
names_taken(const struct name_set *set, const char *name)
{
    return set->slot_count > 0 &&
           set->slots[find_slot(set->slots, set->slot_count, name)] != NULL;
}

static void
add(struct name_set *set, const char *name)
{
    if ((set->used + 1) * 2 > set->slot_count) {
        size_t grown_count = set->slot_count == 0 ? SLOTS_MIN : set->slot_count * 2;
        const char **grown = arena_alloc(set->arena, grown_count * sizeof *grown);
        for (size_t i = 0; i < set->slot_count; i++) {
            if (set->slots[i] != NULL) {
                grown[find_slot(grown, grown_count, set->slots[i])] = set->slots[i];
            }
        }
        set->slots = grown;
        set->slot_count = grown_count;
    }
    set->slots[find_slot(set->slots, set->slot_count, name)] = name;
    set->used++;
}

typedef bool name_test(const struct name_set *set, const char *name);

static bool
is_free(const struct name_set *set, const char *name)
{
    return !names_taken(set, name);
}

static bool
is_free_column(const struct name_set *set, const char *name)
{
    static const char *const system_columns[] = {"tableoid", "xmin", "cmin",
                                                 "xmax",     "cmax", "ctid"};
    for (size_t i = 0; i < sizeof system_columns / sizeof *system_columns; i++) {
        if (strcmp(system_columns[i], name) == 0) {
            return false;
        }
    }
    return is_free(set, name);
}

static const char *
claim(struct name_set *set, const char *original, const char *wanted, name_test *test)
{
    const char *name = well_formed(set->arena, wanted);
    bool fits = name[0] != '\0' && strlen(name) <= NAME_BYTES_MAX && strcmp(name, wanted) == 0;
    if (!fits || !test(set, name)) {
        const char *base = name[0] == '\0' ? "unnamed" : name;
        int length = (int)clip(base, NAME_BYTES_MAX - HASH_SUFFIX_BYTES);
        XXH64_hash_t seed = 0;
        do {
            XXH64_hash_t hash = XXH3_64bits_withSeed(original, strlen(original), seed++);
            name = arena_printf(set->arena, "%.*s_%08x", length, base, (unsigned)(hash >> 32));
        } while (!test(set, name));
    }
    add(set, name);
    return name;
}

const char *
names_claim(struct name_set *set, const char *original, const char *wanted)
{
    return claim(set, original, wanted, is_free);
}

const char *
names_claim_column(struct name_set *set, const char *original, const char *wanted)
{
    return claim(set, original, wanted, is_free_column);
}

const char *
names_implicit(struct arena *arena, const char *table, const char *column, const char *label)
{
    size_t overhead = strlen(label) + 1 + (column == NULL ? 0 : 1);
    assert(overhead < NAME_BYTES_MAX);
    size_t available = NAME_BYTES_MAX - overhead;
    size_t table_length = strlen(table);
    size_t column_length = column == NULL ? 0 : strlen(column);
    while (table_length + column_length > available) {
        if (table_length > column_length) {
            table_length--;
        } else {
            column_length--;
        }
    }
    table_length = clip(table, table_length);
    if (column == NULL) {
        return arena_printf(arena, "%.*s_%s", (int)table_length, table, label);
    }
    column_length = clip(column, column_length);
    return arena_printf(arena, "%.*s_%.*s_%s", (int)table_length, table, (int)column_length,
                        column, label);
}
