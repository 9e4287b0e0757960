/* plan_file_chain.c — chain: an audit table's rule (chain_rule.h). */
#include "planfile/plan_keys.h"

#include <string.h>

bool
plan_read_digest(struct plan_reader *reader, const struct yaml_node *node,
                 const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_word word;
    if (!plan_read_text(reader, node, &word)) {
        return false;
    }
    if (chain_digest_find(word.text, field)) {
        return true;
    }
    plan_read_failed(reader, node, "there is no digest \"%s\"", word.text);
    return error_hint(reader->err, "sha256, sha512, blake2b or blake2b-256");
}

bool
plan_read_encoding(struct plan_reader *reader, const struct yaml_node *node,
                   const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_word word;
    if (!plan_read_text(reader, node, &word)) {
        return false;
    }
    if (chain_encoding_find(word.text, field)) {
        return true;
    }
    plan_read_failed(reader, node, "digests are not stored as \"%s\"", word.text);
    return error_hint(reader->err, "hex or base64");
}

/* A list says which columns follow each other, with nothing between them. */
bool
plan_read_over(struct plan_reader *reader, const struct yaml_node *node,
               const struct plan_key *key, void *field)
{
    const char **over = field;
    AUTO_TEXT template = {0};
    struct plan_words columns;
    if (node->kind != YAML_SEQUENCE) {
        return plan_read_string(reader, node, key, field);
    }
    if (!plan_read_texts(reader, node, &columns)) {
        return false;
    }
    for (size_t i = 0; i < columns.count; i++) {
        text_printf(&template, "{%s}", columns.items[i].text);
    }
    *over = arena_strdup(reader->arena, text_string(&template));
    return true;
}

/* Where the value of a key stands; the mapping itself where the key is not there. */
static const struct yaml_node *
value_of(const struct yaml_node *node, const char *key)
{
    for (size_t i = 0; i < node->count; i++) {
        if (strcmp(node->keys[i].text, key) == 0) {
            return &node->items[i];
        }
    }
    return node;
}

/* A template is one text, a list has a column in each item. */
static void
place_columns(const struct yaml_node *node, struct chain_rule *rule)
{
    const struct yaml_node *over = value_of(node, "over");
    bool listed = over->kind == YAML_SEQUENCE && over->count == rule->part_count;
    rule->order_place = value_of(node, "order")->place;
    rule->hash_place = value_of(node, "hash")->place;
    rule->previous_place = value_of(node, "previous")->place;
    for (size_t i = 0; i < rule->part_count; i++) {
        rule->parts[i].place = listed ? over->items[i].place : over->place;
    }
}

bool
plan_read_chain(struct plan_reader *reader, const struct yaml_node *node,
                const struct plan_key *key, void *field)
{
    (void)key;
    struct chain_rule **chain = field;
    struct chain_rule *rule = arena_alloc(reader->arena, sizeof *rule);
    struct error rule_err;
    if (!plan_read_mapping(reader, node, CONTEXT_CHAIN, rule)) {
        return false;
    }
    const char *missing = rule->order == NULL  ? "order"
                          : rule->hash == NULL ? "hash"
                          : rule->over == NULL ? "over"
                                               : NULL;
    if (missing != NULL) {
        return plan_read_failed(reader, node, "chain does not say %s", missing);
    }
    if (!chain_rule_parse(reader->arena, rule, &rule_err)) {
        plan_read_failed(reader, node, "%s", rule_err.message);
        return error_hint(reader->err, "%s", rule_err.hint);
    }
    place_columns(node, rule);
    *chain = rule;
    return true;
}
