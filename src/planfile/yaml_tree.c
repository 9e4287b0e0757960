/* yaml_tree.c — see yaml_tree.h. */
#include "planfile/yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

enum { DEPTH_MAX = 16, BYTES_MAX = 16 * 1024 * 1024, SHOWN_MAX = 60 };

struct tree_reader {
    struct arena *arena;
    const char *path;
    struct text_lines {
        const char *text;
        size_t size;
        size_t *starts; /* byte offset of each line */
        size_t count;
    } lines;
    yaml_parser_t parser;
    struct error *err;
};

bool
yaml_failed(const char *path, struct plan_place place, struct error *err, const char *format,
            ...)
{
    char words[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return error_set(err, ERROR_USAGE, "%s:%d:%d: %s", path, place.line, place.column, words);
}

static struct plan_place
place_of(yaml_mark_t mark)
{
    return (struct plan_place){(int)mark.line + 1, (int)mark.column + 1};
}

/* The parser breaks lines as YAML 1.1 does: also at U+0085, U+2028 and U+2029. */
static size_t
line_break_size(const char *text, size_t left)
{
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] == '\r') {
        return left > 1 && c[1] == '\n' ? 2 : 1;
    }
    if (c[0] == '\n') {
        return 1;
    }
    if (left > 1 && c[0] == 0xc2 && c[1] == 0x85) {
        return 2;
    }
    return left > 2 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9) ? 3 : 0;
}

static void
find_lines(struct tree_reader *reader)
{
    struct text_lines *lines = &reader->lines;
    *ARENA_APPEND(reader->arena, lines->starts, lines->count) = 0;
    for (size_t i = 0; i < lines->size;) {
        size_t size = line_break_size(lines->text + i, lines->size - i);
        i += size == 0 ? 1 : size;
        if (size > 0) {
            *ARENA_APPEND(reader->arena, lines->starts, lines->count) = i;
        }
    }
}

/* A mark counts characters, a byte order mark not among them. */
static size_t
byte_offset(const struct tree_reader *reader, yaml_mark_t mark)
{
    const struct text_lines *lines = &reader->lines;
    if (mark.line >= lines->count) {
        return lines->size;
    }
    size_t at = lines->starts[mark.line];
    if (at == 0 && lines->size >= 3 && memcmp(lines->text, "\xef\xbb\xbf", 3) == 0) {
        at = 3;
    }
    for (size_t left = mark.column; left > 0 && at < lines->size; left--) {
        at++;
        while (at < lines->size && ((unsigned char)lines->text[at] & 0xc0) == 0x80) {
            at++;
        }
    }
    return at;
}

static bool
parser_failed(struct tree_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct plan_place place = place_of(parser->problem_mark);
    const char *problem = parser->problem == NULL ? "this is no YAML" : parser->problem;
    if (parser->error == YAML_READER_ERROR) {
        place = (struct plan_place){1, 1};
        for (size_t i = 0; i < parser->problem_offset && i < reader->lines.size; i++) {
            place.line += reader->lines.text[i] == '\n';
        }
    }
    yaml_failed(reader->path, place, reader->err, "%s", problem);
    return error_hint(reader->err,
                      "quote a text that holds : # { } [ ] or begins with an odd sign; indent "
                      "with blanks, not tabs");
}

static bool
next_event(struct tree_reader *reader, yaml_event_t *event)
{
    return yaml_parser_parse(&reader->parser, event) != 0 || parser_failed(reader);
}

static bool read_node(struct tree_reader *reader, const yaml_event_t *event, size_t depth,
                      struct yaml_node *node);

static bool
read_scalar(struct tree_reader *reader, const yaml_event_t *event, struct yaml_node *node)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    if (memchr(value, '\0', size) != NULL) {
        return yaml_failed(reader->path, node->place, reader->err,
                           "U+0000 cannot be in a plan file");
    }
    node->kind = YAML_SCALAR;
    node->text = arena_strndup(reader->arena, value, size);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->end = byte_offset(reader, event->end_mark);
    while (node->end > node->start && strchr(" \t\r\n", reader->lines.text[node->end - 1])) {
        node->end--; /* the parser counts the empty lines behind a block of text */
    }
    return true;
}

/* A block ends in the parser's eyes where the next thing begins; in ours with its last. */
static void
close_collection(struct tree_reader *reader, const yaml_event_t *end, struct yaml_node *node)
{
    node->end = node->flow         ? byte_offset(reader, end->end_mark)
                : node->count == 0 ? node->start
                                   : node->items[node->count - 1].end;
}

static bool
read_sequence(struct tree_reader *reader, size_t depth, struct yaml_node *node)
{
    node->kind = YAML_SEQUENCE;
    for (;;) {
        yaml_event_t event;
        struct yaml_node item = {0};
        if (!next_event(reader, &event)) {
            return false;
        }
        bool over = event.type == YAML_SEQUENCE_END_EVENT;
        bool ok = over || read_node(reader, &event, depth + 1, &item);
        if (over) {
            close_collection(reader, &event, node);
        }
        yaml_event_delete(&event);
        if (over || !ok) {
            return ok;
        }
        *ARENA_APPEND(reader->arena, node->items, node->count) = item;
    }
}

static int
compare_keys(const void *left, const void *right)
{
    const struct yaml_node *const *a = left;
    const struct yaml_node *const *b = right;
    int order = strcmp((*a)->text, (*b)->text);
    return order != 0 ? order : (*a)->start < (*b)->start ? -1 : 1;
}

static bool
refuse_double_keys(struct tree_reader *reader, const struct yaml_node *mapping)
{
    AUTO_ARENA memory = {0};
    const struct yaml_node **sorted = arena_alloc(&memory, mapping->count * sizeof *sorted);
    for (size_t i = 0; i < mapping->count; i++) {
        sorted[i] = &mapping->keys[i];
    }
    if (mapping->count > 0) {
        qsort(sorted, mapping->count, sizeof *sorted, compare_keys);
    }
    for (size_t i = 1; i < mapping->count; i++) {
        if (strcmp(sorted[i - 1]->text, sorted[i]->text) == 0) {
            yaml_failed(reader->path, sorted[i]->place, reader->err,
                        "\"%.*s\" is here twice, first in line %d", SHOWN_MAX, sorted[i]->text,
                        sorted[i - 1]->place.line);
            return error_hint(reader->err, "join the two, or remove one");
        }
    }
    return true;
}

/* "? key" is YAML's other way to begin a key; nothing here could cut that from a file. */
static bool
is_marked(const struct tree_reader *reader, const struct yaml_node *key)
{
    size_t at = key->start;
    while (at > 0 && strchr(" \t", reader->lines.text[at - 1]) != NULL) {
        at--;
    }
    return at > 0 && reader->lines.text[at - 1] == '?';
}

static bool
read_key(struct tree_reader *reader, const yaml_event_t *event, struct yaml_node *key)
{
    if (event->type != YAML_SCALAR_EVENT) {
        return yaml_failed(reader->path, place_of(event->start_mark), reader->err,
                           "a key must be a word");
    }
    if (!read_node(reader, event, 0, key)) {
        return false;
    }
    if (is_marked(reader, key)) {
        yaml_failed(reader->path, key->place, reader->err, "keys behind a ? are not read");
        return error_hint(reader->err,
                          "write key: value; a key that begins with ? needs quotes");
    }
    return true;
}

static bool
read_pair(struct tree_reader *reader, const yaml_event_t *event, size_t depth,
          struct yaml_node *mapping)
{
    struct yaml_node key = {0};
    struct yaml_node value = {0};
    yaml_event_t value_event;
    if (!read_key(reader, event, &key) || !next_event(reader, &value_event)) {
        return false;
    }
    bool ok = read_node(reader, &value_event, depth + 1, &value);
    yaml_event_delete(&value_event);
    if (ok) {
        size_t count = mapping->count;
        *ARENA_APPEND(reader->arena, mapping->keys, count) = key;
        *ARENA_APPEND(reader->arena, mapping->items, mapping->count) = value;
    }
    return ok;
}

static bool
read_mapping(struct tree_reader *reader, size_t depth, struct yaml_node *node)
{
    node->kind = YAML_MAPPING;
    for (;;) {
        yaml_event_t event;
        if (!next_event(reader, &event)) {
            return false;
        }
        bool over = event.type == YAML_MAPPING_END_EVENT;
        bool ok = over || read_pair(reader, &event, depth, node);
        if (over) {
            close_collection(reader, &event, node);
        }
        yaml_event_delete(&event);
        if (over || !ok) {
            return ok && refuse_double_keys(reader, node);
        }
    }
}

static bool
is_anchored(const yaml_event_t *event)
{
    return event->type == YAML_ALIAS_EVENT ||
           (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor != NULL) ||
           (event->type == YAML_SEQUENCE_START_EVENT &&
            event->data.sequence_start.anchor != NULL) ||
           (event->type == YAML_MAPPING_START_EVENT &&
            event->data.mapping_start.anchor != NULL);
}

/* The event begins a node: an alias, a scalar, a sequence or a mapping. */
static bool
read_node(struct tree_reader *reader, const yaml_event_t *event, size_t depth,
          struct yaml_node *node)
{
    node->place = place_of(event->start_mark);
    node->start = byte_offset(reader, event->start_mark);
    if (is_anchored(event)) {
        yaml_failed(reader->path, node->place, reader->err,
                    "anchors and aliases (& and *) are not read");
        return error_hint(reader->err, "write it out; a text that begins with & or * needs "
                                       "quotes");
    }
    if (depth > DEPTH_MAX) {
        return yaml_failed(reader->path, node->place, reader->err, "nested too deeply");
    }
    if (event->type == YAML_SCALAR_EVENT) {
        return read_scalar(reader, event, node);
    }
    if (event->type == YAML_SEQUENCE_START_EVENT) {
        node->flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        return read_sequence(reader, depth, node);
    }
    node->flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    return read_mapping(reader, depth, node);
}

/* Stream and document begin with events of their own; the first other is the root. */
static bool
read_document(struct tree_reader *reader, struct yaml_node *root)
{
    bool rooted = false;
    for (;;) {
        yaml_event_t event;
        if (!next_event(reader, &event)) {
            return false;
        }
        bool ok = true;
        bool over = event.type == YAML_STREAM_END_EVENT;
        bool frame = over || event.type == YAML_STREAM_START_EVENT ||
                     event.type == YAML_DOCUMENT_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT) {
            ok = !rooted || yaml_failed(reader->path, place_of(event.start_mark), reader->err,
                                        "a plan file is one YAML document");
        } else if (!frame) {
            ok = read_node(reader, &event, 0, root);
            rooted = true;
        }
        yaml_event_delete(&event);
        if (over || !ok) {
            return ok;
        }
    }
}

bool
yaml_tree_read(struct arena *arena, const char *path, const char *text, size_t size,
               struct yaml_node *root, struct error *err)
{
    struct tree_reader reader = {.arena = arena, .path = path, .err = err};
    *root = (struct yaml_node){.kind = YAML_SCALAR, .text = "", .place = {1, 1}};
    if (size > BYTES_MAX) {
        return error_set(err, ERROR_USAGE, "%s has more than 16 MB: it is no plan file", path);
    }
    reader.lines = (struct text_lines){.text = text, .size = size};
    find_lines(&reader);
    if (yaml_parser_initialize(&reader.parser) == 0) {
        return error_set(err, ERROR_INTERNAL, "the YAML parser cannot be made");
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    bool ok = read_document(&reader, root);
    yaml_parser_delete(&reader.parser);
    return ok;
}

bool
yaml_is_null(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && node->plain &&
           (strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0 ||
            strcmp(node->text, "Null") == 0 || strcmp(node->text, "NULL") == 0 ||
            node->text[0] == '\0');
}
