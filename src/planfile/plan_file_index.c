/* plan_file_index.c — unique, indexes and search of a table. */
#include "planfile/plan_keys.h"

bool
plan_read_uniques(struct plan_reader *reader, const struct yaml_node *node,
                  const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_file_table *table = field;
    if (!plan_expect(reader, node, YAML_SEQUENCE, "a list (- [a, b])")) {
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct plan_words words;
        if (!plan_read_texts(reader, &node->items[i], &words)) {
            return false;
        }
        if (words.count == 0) {
            return plan_read_failed(reader, &node->items[i], "no columns");
        }
        *ARENA_APPEND(reader->arena, table->uniques, table->unique_count) = words;
    }
    return true;
}

static bool
read_index(struct plan_reader *reader, const struct yaml_node *node,
           struct plan_file_index *index)
{
    index->place = node->place;
    if (node->kind != YAML_MAPPING) {
        return plan_read_texts(reader, node, &index->columns) &&
               (index->columns.count > 0 || plan_read_failed(reader, node, "no columns"));
    }
    if (!plan_read_mapping(reader, node, CONTEXT_INDEX, index)) {
        return false;
    }
    bool columns = index->columns.count > 0;
    bool expression = index->expression.text != NULL;
    return columns != expression ||
           plan_read_failed(reader, node, "an index has either columns or an expression");
}

bool
plan_read_indexes(struct plan_reader *reader, const struct yaml_node *node,
                  const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_file_table *table = field;
    if (!plan_expect(reader, node, YAML_SEQUENCE, "a list (- {columns: [a, b]})")) {
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct plan_file_index index = {0};
        if (!read_index(reader, &node->items[i], &index)) {
            return false;
        }
        *ARENA_APPEND(reader->arena, table->indexes, table->index_count) = index;
    }
    return true;
}

static bool
read_search(struct plan_reader *reader, const struct yaml_node *node,
            struct plan_file_table *table)
{
    struct plan_file_search search = {.place = node->place, .config = "english"};
    if (!plan_read_mapping(reader, node, CONTEXT_SEARCH, &search)) {
        return false;
    }
    if (search.columns.count == 0) {
        return plan_read_failed(reader, node, "search does not say which columns");
    }
    *ARENA_APPEND(reader->arena, table->searches, table->search_count) = search;
    return true;
}

bool
plan_read_searches(struct plan_reader *reader, const struct yaml_node *node,
                   const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_file_table *table = field;
    if (node->kind != YAML_SEQUENCE) {
        return read_search(reader, node, table);
    }
    for (size_t i = 0; i < node->count; i++) {
        if (!read_search(reader, &node->items[i], table)) {
            return false;
        }
    }
    return true;
}
