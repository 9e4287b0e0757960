/* plan_file_keys.c — keys.references: foreign keys that the source does not declare. */
#include "planfile/plan_keys.h"

#include <string.h>

bool
plan_read_keys(struct plan_reader *reader, const struct yaml_node *node,
               const struct plan_key *key, void *field)
{
    (void)key;
    return plan_read_mapping(reader, node, CONTEXT_KEYS, field);
}

/* Cuts "a, b" at commas, blanks around left out. False: an empty part. */
static bool
split_list(struct arena *arena, const char *text, size_t size, struct plan_place place,
           struct plan_words *words)
{
    *words = (struct plan_words){.place = place};
    for (size_t start = 0; start <= size;) {
        const char *comma = memchr(text + start, ',', size - start);
        size_t end = comma == NULL ? size : (size_t)(comma - text);
        size_t first = start;
        size_t last = end;
        while (first < last && text[first] == ' ') {
            first++;
        }
        while (last > first && text[last - 1] == ' ') {
            last--;
        }
        if (first == last) {
            return false;
        }
        *ARENA_APPEND(arena, words->items, words->count) = (struct plan_word){
            arena_strndup(arena, text + first, last - first), place};
        start = end + 1;
    }
    return true;
}

/* "users.id", "auth.users.id", "users (a, b)". */
bool
plan_read_parent(struct plan_reader *reader, const struct yaml_node *node,
                 const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_file_reference *reference = field;
    struct plan_word word;
    if (!plan_read_text(reader, node, &word)) {
        return false;
    }
    size_t length = strlen(word.text);
    const char *open = strchr(word.text, '(');
    const char *dot = strrchr(word.text, '.');
    bool ok = false;
    reference->table.place = node->place;
    if (open != NULL && word.text[length - 1] == ')') {
        size_t name = (size_t)(open - word.text);
        while (name > 0 && word.text[name - 1] == ' ') {
            name--;
        }
        reference->table.text = arena_strndup(reader->arena, word.text, name);
        ok = name > 0 &&
             split_list(reader->arena, open + 1, length - (size_t)(open - word.text) - 2,
                        node->place, &reference->parent_columns);
    } else if (dot != NULL && dot != word.text && dot[1] != '\0') {
        reference->table.text = arena_strndup(reader->arena, word.text,
                                              (size_t)(dot - word.text));
        ok = split_list(reader->arena, dot + 1, strlen(dot + 1), node->place,
                        &reference->parent_columns);
    }
    if (!ok) {
        plan_read_failed(reader, node, "\"%s\" does not name a column of a table", word.text);
        return error_hint(reader->err, "write users.id, or users (a, b) for several columns");
    }
    return true;
}

bool
plan_read_action(struct plan_reader *reader, const struct yaml_node *node,
                 const struct plan_key *key, void *field)
{
    static const char *const words[] = {NULL, "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"};
    const char **action = field;
    int choice = 0;
    if (!plan_read_choice(reader, node, key, &choice)) {
        return false;
    }
    *action = words[choice];
    return true;
}

static bool
read_reference(struct plan_reader *reader, const struct yaml_node *name,
               const struct yaml_node *value, struct plan_file_reference *reference)
{
    reference->place = name->place;
    if (!split_list(reader->arena, name->text, strlen(name->text), name->place,
                    &reference->columns)) {
        return plan_read_failed(reader, name, "the name of a column was expected here");
    }
    bool read = value->kind == YAML_SCALAR
                    ? plan_read_parent(reader, value, NULL, reference)
                    : plan_read_mapping(reader, value, CONTEXT_REFERENCE, reference);
    if (!read) {
        return false;
    }
    if (reference->table.text == NULL) {
        return plan_read_failed(reader, value, "the reference does not say to: table.column");
    }
    return reference->columns.count == reference->parent_columns.count ||
           plan_read_failed(reader, value, "%zu columns cannot refer to %zu",
                            reference->columns.count, reference->parent_columns.count);
}

bool
plan_read_references(struct plan_reader *reader, const struct yaml_node *node,
                     const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_file_table *table = field;
    if (yaml_is_null(node)) {
        return true;
    }
    if (!plan_expect(reader, node, YAML_MAPPING, "a mapping (column: table.column)")) {
        return false;
    }
    table->references = arena_alloc(reader->arena, node->count * sizeof *table->references);
    for (size_t i = 0; i < node->count; i++) {
        if (!read_reference(reader, &node->keys[i], &node->items[i], &table->references[i])) {
            return false;
        }
    }
    table->reference_count = node->count;
    return true;
}
