/* yaml_tree.h — one YAML document as a tree that remembers where everything stood. */
#ifndef PLANFILE_YAML_TREE_H
#define PLANFILE_YAML_TREE_H

#include "base/arena.h"
#include "planfile/plan_file.h"

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
    enum yaml_kind kind;
    struct plan_place place;
    const char *text;        /* of a scalar; without U+0000 */
    bool plain;              /* a scalar without quotes: null, true, 12 mean more than a text */
    struct yaml_node *keys;  /* of a mapping: scalars, all different */
    struct yaml_node *items; /* of a sequence; of a mapping: the values */
    size_t count;
    bool flow;    /* a sequence [a, b] or mapping {a: b} */
    size_t start; /* byte offsets in the text: quotes and brackets included; of a block from */
    size_t end;   /* its first key or item to the end of its last */
};

/* `path` is shown in errors. Lives as long as `arena`. ERROR_USAGE with the place: no YAML,
 * a key twice, anchors and aliases, more than one document, too deep or too large. An empty
 * text is a scalar "". Input of any bytes is safe. */
MUST_USE bool yaml_tree_read(struct arena *arena, const char *path, const char *text,
                             size_t size, struct yaml_node *root, struct error *err);

/* ERROR_USAGE "path:line:column: ...". Always false. */
bool yaml_failed(const char *path, struct plan_place place, struct error *err,
                 const char *format, ...) PRINTF_LIKE(4, 5);

/* ~ or null without quotes. */
bool yaml_is_null(const struct yaml_node *node);

#endif
