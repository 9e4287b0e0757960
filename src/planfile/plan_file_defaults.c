/* plan_file_defaults.c — what holds for every table that does not say otherwise. */
#include "planfile/collation.h"
#include "planfile/plan_keys.h"
#include "value/zone.h"

#include <string.h>

bool
plan_read_defaults(struct plan_reader *reader, const struct yaml_node *node,
                   const struct plan_key *key, void *field)
{
    (void)key;
    return plan_read_mapping(reader, node, CONTEXT_DEFAULTS, field);
}

bool
plan_read_types(struct plan_reader *reader, const struct yaml_node *node,
                const struct plan_key *key, void *field)
{
    (void)field;
    struct plan_file_defaults *defaults = &reader->file->defaults;
    int mode = 0;
    defaults->has_types = plan_read_choice(reader, node, key, &mode);
    defaults->types = (enum types_mode)mode;
    return defaults->has_types;
}

bool
plan_read_names(struct plan_reader *reader, const struct yaml_node *node,
                const struct plan_key *key, void *field)
{
    int mode;
    return plan_read_choice(reader, node, key, &mode) && plan_read_text(reader, node, field);
}

bool
plan_read_bad_text(struct plan_reader *reader, const struct yaml_node *node,
                   const struct plan_key *key, void *field)
{
    (void)field;
    struct plan_file_defaults *defaults = &reader->file->defaults;
    int mode = 0;
    defaults->has_bad_text = plan_read_choice(reader, node, key, &mode);
    defaults->bad_text = (enum bad_text)mode;
    return defaults->has_bad_text;
}

bool
plan_read_collation(struct plan_reader *reader, const struct yaml_node *node,
                    const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_word *word = field;
    if (!plan_read_text(reader, node, word)) {
        return false;
    }
    if (!collation_is_name(word->text)) {
        plan_read_failed(reader, node, "that is no name of a collation");
        return error_hint(reader->err, "write C, database, de-x-icu, or with its schema "
                                       "'\"app\".\"german\"'");
    }
    return true;
}

bool
plan_read_timezone(struct plan_reader *reader, const struct yaml_node *node,
                   const struct plan_key *key, void *field)
{
    (void)key;
    struct plan_word *word = field;
    struct error zone_err;
    if (!plan_read_text(reader, node, word)) {
        return false;
    }
    if (!zone_open(reader->arena, word->text, &reader->file->defaults.zone, &zone_err)) {
        plan_read_failed(reader, node, "%s", zone_err.message);
        return error_hint(reader->err, "%s", zone_err.hint);
    }
    return true;
}
