/* plan_read.c — reading mappings by their table of keys, and the plain kinds of values. */
#include "base/suggest.h"
#include "planfile/plan_keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 60, LISTED_BYTES_MAX = 200 };

bool
plan_read_failed(struct plan_reader *reader, const struct yaml_node *node, const char *format,
                 ...)
{
    char words[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return yaml_failed(reader->file->path, node->place, reader->err, "%s", words);
}

bool
plan_expect(struct plan_reader *reader, const struct yaml_node *node, enum yaml_kind kind,
            const char *what)
{
    static const char *const names[] = {
        [YAML_SCALAR] = "a word", [YAML_SEQUENCE] = "a list", [YAML_MAPPING] = "a mapping"};
    return node->kind == kind || plan_read_failed(reader, node, "%s was expected here, not %s",
                                                  what, names[node->kind]);
}

static bool
unknown_key(struct plan_reader *reader, const struct yaml_node *node,
            const struct plan_key_list *list)
{
    struct suggestion near = {.typed = node->text};
    AUTO_TEXT known = {0};
    for (size_t i = 0; i < list->count; i++) {
        suggest_consider(&near, list->keys[i].name);
        if (known.length < LISTED_BYTES_MAX) {
            text_printf(&known, "%s%s", i == 0 ? "" : ", ", list->keys[i].name);
        }
    }
    plan_read_failed(reader, node, "there is no key \"%.*s\" here", SHOWN_MAX, node->text);
    return near.best != NULL ? error_hint(reader->err, "did you mean \"%s\"?", near.best)
                             : error_hint(reader->err, "keys are: %s", text_string(&known));
}

static const struct plan_key *
find_key(const struct plan_key_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->keys[i].name, name) == 0) {
            return &list->keys[i];
        }
    }
    return NULL;
}

bool
plan_read_mapping(struct plan_reader *reader, const struct yaml_node *node,
                  enum plan_context context, void *object)
{
    const struct plan_key_list *list = &plan_key_lists[context];
    if (!plan_expect(reader, node, YAML_MAPPING, "a mapping (key: value)")) {
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct plan_key *key = find_key(list, node->keys[i].text);
        if (key == NULL) {
            return unknown_key(reader, &node->keys[i], list);
        }
        const struct yaml_node *value = key->later == NULL ? &node->items[i] : &node->keys[i];
        if (!key->read(reader, value, key, (char *)object + key->field)) {
            return false;
        }
    }
    return true;
}

bool
plan_read_text(struct plan_reader *reader, const struct yaml_node *node, struct plan_word *word)
{
    if (!plan_expect(reader, node, YAML_SCALAR, "a word")) {
        return false;
    }
    if (node->text[0] == '\0' || yaml_is_null(node)) {
        return plan_read_failed(reader, node, "a word was expected here");
    }
    *word = (struct plan_word){node->text, node->place};
    return true;
}

bool
plan_read_texts(struct plan_reader *reader, const struct yaml_node *node,
                struct plan_words *words)
{
    *words = (struct plan_words){.place = node->place};
    if (node->kind == YAML_SCALAR) {
        return plan_read_text(reader, node,
                              ARENA_APPEND(reader->arena, words->items, words->count));
    }
    if (!plan_expect(reader, node, YAML_SEQUENCE, "a word, or a list of words [a, b],")) {
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        struct plan_word word;
        if (!plan_read_text(reader, &node->items[i], &word)) {
            return false;
        }
        *ARENA_APPEND(reader->arena, words->items, words->count) = word;
    }
    return true;
}

bool
plan_read_word(struct plan_reader *reader, const struct yaml_node *node,
               const struct plan_key *key, void *field)
{
    (void)key;
    return plan_read_text(reader, node, field);
}

bool
plan_read_words(struct plan_reader *reader, const struct yaml_node *node,
                const struct plan_key *key, void *field)
{
    (void)key;
    return plan_read_texts(reader, node, field);
}

bool
plan_read_string(struct plan_reader *reader, const struct yaml_node *node,
                 const struct plan_key *key, void *field)
{
    (void)key;
    const char **text = field;
    if (!plan_expect(reader, node, YAML_SCALAR, "a text")) {
        return false;
    }
    *text = node->text;
    return true;
}

static bool
read_truth(struct plan_reader *reader, const struct yaml_node *node, bool *truth)
{
    *truth = node->kind == YAML_SCALAR && strcmp(node->text, "true") == 0;
    return *truth || (node->kind == YAML_SCALAR && strcmp(node->text, "false") == 0) ||
           plan_read_failed(reader, node, "true or false was expected here");
}

bool
plan_read_flag(struct plan_reader *reader, const struct yaml_node *node,
               const struct plan_key *key, void *field)
{
    (void)key;
    return read_truth(reader, node, field);
}

bool
plan_read_switch(struct plan_reader *reader, const struct yaml_node *node,
                 const struct plan_key *key, void *field)
{
    (void)key;
    bool truth;
    enum plan_switch *state = field;
    if (!read_truth(reader, node, &truth)) {
        return false;
    }
    *state = truth ? SWITCH_ON : SWITCH_OFF;
    return true;
}

bool
plan_read_choice(struct plan_reader *reader, const struct yaml_node *node,
                 const struct plan_key *key, void *field)
{
    if (!plan_expect(reader, node, YAML_SCALAR, "a word")) {
        return false;
    }
    struct plan_word word = {node->text, node->place}; /* null may be one of them */
    struct suggestion near = {.typed = word.text};
    AUTO_TEXT words = {0};
    for (const struct plan_choice *choice = key->choices; choice->word != NULL; choice++) {
        if (strcmp(choice->word, word.text) == 0) {
            memcpy(field, &choice->value, sizeof choice->value);
            return true;
        }
        suggest_consider(&near, choice->word);
        text_printf(&words, "%s%s", words.length == 0 ? "" : ", ", choice->word);
    }
    plan_read_failed(reader, node, "%s cannot be \"%.*s\"", key->name, SHOWN_MAX, word.text);
    return near.best != NULL ? error_hint(reader->err, "did you mean \"%s\"?", near.best)
                             : error_hint(reader->err, "it is one of: %s", text_string(&words));
}

bool
plan_read_aside(struct plan_reader *reader, const struct yaml_node *node,
                const struct plan_key *key, void *field)
{
    (void)field;
    struct plan_file *file = reader->file;
    *ARENA_APPEND(reader->arena, file->asides, file->aside_count) = (struct plan_aside){
        .key = {key->name, node->place}, .command = key->later};
    return true;
}
