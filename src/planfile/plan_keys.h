/* plan_keys.h — every key of the plan file, once: the parser, its suggestions and the test
 * of docs/plan-file.md all follow these tables. */
#ifndef PLANFILE_PLAN_KEYS_H
#define PLANFILE_PLAN_KEYS_H

#include "planfile/yaml_tree.h"

/* The mappings that a plan file is made of. */
enum plan_context {
    CONTEXT_FILE,
    CONTEXT_SOURCE,
    CONTEXT_DEFAULTS,
    CONTEXT_TABLE,
    CONTEXT_COLUMN,
    CONTEXT_ADDED,
    CONTEXT_KEYS,
    CONTEXT_REFERENCE,
    CONTEXT_INDEX,
    CONTEXT_SEARCH,
    CONTEXT_CHAIN,
};
enum { CONTEXT_COUNT = CONTEXT_CHAIN + 1 };

struct plan_reader {
    struct arena *arena;
    struct plan_file *file;
    struct error *err;
};

struct plan_key;

/* Reads a value into its field. */
typedef bool plan_key_reader(struct plan_reader *reader, const struct yaml_node *node,
                             const struct plan_key *key, void *field);

struct plan_choice {
    const char *word; /* NULL ends the list */
    int value;
};

struct plan_key {
    const char *name;
    plan_key_reader *read;
    size_t field; /* offset in the context's struct */
    const struct plan_choice *choices;
    const char *later; /* the command that reads it; kept aside here. NULL: read here */
    const char *form;  /* what may stand there: "word", "list of columns" */
    const char *help;
};

struct plan_key_list {
    const char *heading; /* in docs/plan-file.md */
    const struct plan_key *keys;
    size_t count;
};
extern const struct plan_key_list plan_key_lists[CONTEXT_COUNT];

/* Reads a mapping whose keys are those of the context into `object`. */
MUST_USE bool plan_read_mapping(struct plan_reader *reader, const struct yaml_node *node,
                                enum plan_context context, void *object);

/* ERROR_USAGE at the node. Always false. */
bool plan_read_failed(struct plan_reader *reader, const struct yaml_node *node,
                      const char *format, ...) PRINTF_LIKE(3, 4);

/* The same, unless it is of that kind; `what` says what was expected. */
MUST_USE bool plan_expect(struct plan_reader *reader, const struct yaml_node *node,
                          enum yaml_kind kind, const char *what);

/* A scalar that is not empty and not null. */
MUST_USE bool plan_read_text(struct plan_reader *reader, const struct yaml_node *node,
                             struct plan_word *word);

/* One scalar, or a sequence of them. */
MUST_USE bool plan_read_texts(struct plan_reader *reader, const struct yaml_node *node,
                              struct plan_words *words);

/* Of the kinds that are in more than one table. */
plan_key_reader plan_read_word;   /* struct plan_word */
plan_key_reader plan_read_words;  /* struct plan_words */
plan_key_reader plan_read_flag;   /* bool */
plan_key_reader plan_read_switch; /* enum plan_switch */
plan_key_reader plan_read_choice; /* an enum: key->choices */
plan_key_reader plan_read_string; /* const char *; may be empty */
plan_key_reader plan_read_aside;  /* nothing: noted in file->asides */

/* By noun; each in its file. */
plan_key_reader plan_read_version; /* plan_file.c */
plan_key_reader plan_read_namespace;
plan_key_reader plan_read_sources; /* plan_file_source.c */
plan_key_reader plan_read_target;
plan_key_reader plan_read_defaults; /* plan_file_defaults.c */
plan_key_reader plan_read_types;
plan_key_reader plan_read_names;
plan_key_reader plan_read_bad_text;
plan_key_reader plan_read_timezone;
plan_key_reader plan_read_collation; /* a name, or as SQL writes it */
plan_key_reader plan_read_tables;    /* plan_file_table.c */
plan_key_reader plan_read_columns;   /* plan_file_column.c */
plan_key_reader plan_read_added;
plan_key_reader plan_read_type;
plan_key_reader plan_read_default;
plan_key_reader plan_read_null_texts;
plan_key_reader plan_read_keys; /* plan_file_keys.c */
plan_key_reader plan_read_references;
plan_key_reader plan_read_parent;
plan_key_reader plan_read_action;
plan_key_reader plan_read_uniques; /* plan_file_index.c */
plan_key_reader plan_read_indexes;
plan_key_reader plan_read_searches;
plan_key_reader plan_read_chain; /* plan_file_chain.c */
plan_key_reader plan_read_digest;
plan_key_reader plan_read_encoding;
plan_key_reader plan_read_over;

#endif
