/* plan_keys.c — every key of the plan file: see plan_keys.h. */
#include "planfile/plan_keys.h"

_Static_assert(sizeof(enum plan_orphans) == sizeof(int), "choices are stored as int");
_Static_assert(sizeof(enum epoch_unit) == sizeof(int), "choices are stored as int");

static const struct plan_choice types_choices[] = {
    {"faithful", TYPES_FAITHFUL}, {"evolve", TYPES_EVOLVE}, {NULL, 0}};
static const struct plan_choice names_choices[] = {
    {"source", NAMES_SOURCE}, {"fold", NAMES_FOLD}, {"keep", NAMES_KEEP}, {NULL, 0}};
static const struct plan_choice bad_text_choices[] = {{"set-aside", BAD_TEXT_SET_ASIDE},
                                                      {"bytea", BAD_TEXT_BYTEA},
                                                      {"strip", BAD_TEXT_STRIP},
                                                      {NULL, 0}};
static const struct plan_choice orphans_choices[] = {{"keep", ORPHANS_KEEP},
                                                     {"set-aside", ORPHANS_SET_ASIDE},
                                                     {"null", ORPHANS_NULL},
                                                     {NULL, 0}};
static const struct plan_choice conflict_choices[] = {
    {"error", CONFLICT_ERROR}, {"skip", CONFLICT_SKIP}, {"update", CONFLICT_UPDATE}, {NULL, 0}};
static const struct plan_choice nocase_choices[] = {
    {"lower", NOCASE_LOWER}, {"citext", NOCASE_CITEXT}, {"none", NOCASE_NONE}, {NULL, 0}};
static const struct plan_choice epoch_choices[] = {
    {"s", EPOCH_SECONDS}, {"ms", EPOCH_MILLISECONDS}, {"us", EPOCH_MICROSECONDS},
    {"d", EPOCH_DAYS},    {"julian", EPOCH_JULIAN},   {NULL, 0}};
static const struct plan_choice unit_choices[] = {{"us", INTERVAL_MICROSECONDS},
                                                  {"ms", INTERVAL_MILLISECONDS},
                                                  {"s", INTERVAL_SECONDS},
                                                  {"min", INTERVAL_MINUTES},
                                                  {"h", INTERVAL_HOURS},
                                                  {"d", INTERVAL_DAYS},
                                                  {NULL, 0}};
static const struct plan_choice action_choices[] = {{"no action", 0}, {"cascade", 1},
                                                    {"set null", 2},  {"set default", 3},
                                                    {"restrict", 4},  {NULL, 0}};

#define FILE_FIELD(name) offsetof(struct plan_file, name)
static const struct plan_key file_keys[] = {
    {"version", plan_read_version, 0, NULL, NULL, "1", "the version of this format; required"},
    {"name", plan_read_word, FILE_FIELD(name), NULL, NULL, "word",
     "of the plan; without it the name of the first source"},
    {"namespace", plan_read_namespace, FILE_FIELD(namespace), NULL, NULL, "UUID",
     "new UUIDs of old keys are made in it; without it, made of the plan's name"},
    {"sources", plan_read_sources, 0, NULL, NULL, "name: path",
     "the SQLite files, relative to the plan file; or name: {path, schema}"},
    {"target", plan_read_target, FILE_FIELD(target), NULL, NULL, "connection string",
     "the only key in which ${VAR} is taken from the environment"},
    {"defaults", plan_read_defaults, FILE_FIELD(defaults), NULL, NULL, "mapping",
     "for all tables that do not say otherwise"},
    {"before", plan_read_words, FILE_FIELD(before), NULL, NULL, "list of SQL files",
     "run once each, in this order, before tables are made; relative to the plan file"},
    {"into_existing", plan_read_flag, FILE_FIELD(into_existing), NULL, NULL, "true",
     "as the option --into-existing: load into tables that are there already"},
    {"tables", plan_read_tables, 0, NULL, NULL, "list",
     "the tables about which there is something to say; all others come over as they are"},
    {"graph", plan_read_aside, 0, NULL, "outgrow graph", "mapping",
     "read, and not acted on by this version"},
    {"roles", plan_read_aside, 0, NULL, "outgrow provision", "mapping",
     "read, and not acted on by this version"},
    {"provision", plan_read_aside, 0, NULL, "outgrow provision", "mapping",
     "read, and not acted on by this version"},
};

#define SOURCE_FIELD(name) offsetof(struct plan_file_source, name)
static const struct plan_key source_keys[] = {
    {"path", plan_read_word, SOURCE_FIELD(path), NULL, NULL, "path", "of the SQLite file"},
    {"schema", plan_read_word, SOURCE_FIELD(schema), NULL, NULL, "word",
     "the target schema of its tables"},
};

#define DEFAULTS_FIELD(name) offsetof(struct plan_file_defaults, name)
static const struct plan_key defaults_keys[] = {
    {"types", plan_read_types, 0, types_choices, NULL, "faithful, evolve",
     "as the option --types"},
    {"names", plan_read_names, DEFAULTS_FIELD(names), names_choices, NULL, "source, fold, keep",
     "as the option --names"},
    {"bad_text", plan_read_bad_text, 0, bad_text_choices, NULL, "set-aside, bytea, strip",
     "as the option --bad-text"},
    {"schema", plan_read_word, DEFAULTS_FIELD(schema), NULL, NULL, "word",
     "the target schema; \"{source}\" stands for the name of the source"},
    {"timezone", plan_read_timezone, DEFAULTS_FIELD(timezone), NULL, NULL, "zone",
     "of texts without a zone that become timestamptz: Europe/Berlin, +02:00; UTC without it"},
    {"orphans", plan_read_choice, DEFAULTS_FIELD(orphans), orphans_choices, NULL,
     "keep, set-aside, null", "rows that refer to a row that does not exist"},
    {"on_conflict", plan_read_choice, DEFAULTS_FIELD(on_conflict), conflict_choices, NULL,
     "error, skip, update", "rows whose key the target holds already"},
    {"nocase", plan_read_choice, DEFAULTS_FIELD(nocase), nocase_choices, NULL,
     "lower, citext, none", "what COLLATE NOCASE becomes"},
    {"collation", plan_read_collation, DEFAULTS_FIELD(collation), NULL, NULL,
     "C, database, collation",
     "how text is sorted and compared: C by its bytes, as SQLite does (also without this key)"},
};

#define TABLE_FIELD(name) offsetof(struct plan_file_table, name)
static const struct plan_key table_keys[] = {
    {"from", plan_read_word, TABLE_FIELD(from), NULL, NULL, "table, source.table",
     "the table of the source; also an FTS table, whose content then comes over"},
    {"query", plan_read_word, TABLE_FIELD(query), NULL, NULL, "SELECT",
     "any SELECT of SQLite's instead of a table; with json_each, say"},
    {"source", plan_read_word, TABLE_FIELD(source), NULL, NULL, "name",
     "the source a query is asked of; without it the first"},
    {"to", plan_read_word, TABLE_FIELD(to), NULL, NULL, "schema.table, table",
     "its name in the target; the schema is made when it is not there"},
    {"skip", plan_read_flag, TABLE_FIELD(skip), NULL, NULL, "true", "leave the table out"},
    {"skip_columns", plan_read_words, TABLE_FIELD(skip_columns), NULL, NULL, "list of columns",
     "leave these columns out"},
    {"columns", plan_read_columns, 0, NULL, NULL, "column: mapping",
     "what to do with a column, by its name in the source; column: type for short"},
    {"add", plan_read_added, 0, NULL, NULL, "column: mapping",
     "columns that the source does not have"},
    {"key", plan_read_words, TABLE_FIELD(key), NULL, NULL, "list of columns",
     "the primary key, where the source declares none (a query)"},
    {"keys", plan_read_keys, 0, NULL, NULL, "mapping", "foreign keys"},
    {"unique", plan_read_uniques, 0, NULL, NULL, "list of lists of columns",
     "more unique constraints than the source declares"},
    {"indexes", plan_read_indexes, 0, NULL, NULL, "list of mappings",
     "more indexes than the source declares; a list of columns for short"},
    {"search", plan_read_searches, 0, NULL, NULL, "mapping, list of mappings",
     "a full-text search index"},
    {"check", plan_read_words, TABLE_FIELD(checks), NULL, NULL, "condition, list",
     "on several columns, in PostgreSQL's words"},
    {"comment", plan_read_word, TABLE_FIELD(comment), NULL, NULL, "text", "COMMENT ON TABLE"},
    {"on_conflict", plan_read_choice, TABLE_FIELD(on_conflict), conflict_choices, NULL,
     "error, skip, update", "as in defaults"},
    {"orphans", plan_read_choice, TABLE_FIELD(orphans), orphans_choices, NULL,
     "keep, set-aside, null", "as in defaults"},
    {"nocase", plan_read_choice, TABLE_FIELD(nocase), nocase_choices, NULL,
     "lower, citext, none", "as in defaults"},
    {"chain", plan_read_chain, TABLE_FIELD(chain), NULL, NULL, "mapping",
     "the rows are linked by hashes: verify recomputes them"},
    {"partition", plan_read_aside, 0, NULL, "outgrow partition", "mapping",
     "read, and not acted on by this version"},
};

#define COLUMN_FIELD(name) offsetof(struct plan_file_column, name)
#define COLUMN_VALUE_KEYS                                                                      \
    {"type",                                                                                   \
     plan_read_type,                                                                           \
     COLUMN_FIELD(type_word),                                                                  \
     NULL,                                                                                     \
     NULL,                                                                                     \
     "type",                                                                                   \
     "bigint, numeric(10,2), varchar(40), uuid, jsonb, timestamptz, text[] ...; with labels: " \
     "the name of the enum"},                                                                  \
        {"labels",                                                                             \
         plan_read_words,                                                                      \
         COLUMN_FIELD(labels),                                                                 \
         NULL,                                                                                 \
         NULL,                                                                                 \
         "list",                                                                               \
         "the column is an enum of these"},                                                    \
        {"not_null",                                                                           \
         plan_read_switch,                                                                     \
         COLUMN_FIELD(not_null),                                                               \
         NULL,                                                                                 \
         NULL,                                                                                 \
         "true, false",                                                                        \
         "NOT NULL, whatever the source says"},                                                \
        {"default",                                                                            \
         plan_read_default,                                                                    \
         COLUMN_FIELD(default_value),                                                          \
         NULL,                                                                                 \
         NULL,                                                                                 \
         "value, {sql: expression}, null",                                                     \
         "DEFAULT of the column; a value is also stored in place of NULL where the column is " \
         "NOT NULL"},                                                                          \
        {"collation",                                                                          \
         plan_read_collation,                                                                  \
         COLUMN_FIELD(collation),                                                              \
         NULL,                                                                                 \
         NULL,                                                                                 \
         "C, database, collation",                                                             \
         "of text, instead of the one in defaults"},                                           \
        {"check", plan_read_word, COLUMN_FIELD(check),           NULL,                         \
         NULL,    "condition",    "CHECK, in PostgreSQL's words"},                             \
    {                                                                                          \
        "comment", plan_read_word, COLUMN_FIELD(comment), NULL, NULL, "text",                  \
            "COMMENT ON COLUMN"                                                                \
    }
static const struct plan_key column_keys[] = {
    {"to", plan_read_word, COLUMN_FIELD(to), NULL, NULL, "word", "its name in the target"},
    COLUMN_VALUE_KEYS,
    {"zone", plan_read_word, COLUMN_FIELD(zone_word), NULL, NULL, "zone",
     "timestamptz: of texts without one; Europe/Berlin, +02:00"},
    {"epoch", plan_read_choice, COLUMN_FIELD(type.epoch), epoch_choices, NULL,
     "s, ms, us, d, julian",
     "what numbers count: since 1970, or days as julianday() counts them"},
    {"unit", plan_read_choice, COLUMN_FIELD(type.interval_unit), unit_choices, NULL,
     "us, ms, s, min, h, d", "interval: what numbers count"},
    {"round", plan_read_flag, COLUMN_FIELD(type.round), NULL, NULL, "true",
     "times: take the nearest microsecond instead of setting the row aside"},
    {"null_texts", plan_read_null_texts, COLUMN_FIELD(type), NULL, NULL, "list of texts",
     "texts that mean NULL: [\"\", \"N/A\"]"},
    {"keep_old", plan_read_word, COLUMN_FIELD(keep_old), NULL, NULL, "word",
     "uuid: a further column that holds the old id"},
    {"key_of", plan_read_word, COLUMN_FIELD(key_of), NULL, NULL, "word",
     "uuid: these are keys of a table of this name, which no source has"},
    {"identity", plan_read_switch, COLUMN_FIELD(identity), NULL, NULL, "true, false",
     "GENERATED BY DEFAULT AS IDENTITY"},
    {"generated", plan_read_word, COLUMN_FIELD(generated), NULL, NULL, "expression",
     "GENERATED ALWAYS AS (...) STORED, in PostgreSQL's words"},
};
static const struct plan_key added_keys[] = {
    COLUMN_VALUE_KEYS,
    {"generated", plan_read_word, COLUMN_FIELD(generated), NULL, NULL, "expression",
     "GENERATED ALWAYS AS (...) STORED, in PostgreSQL's words"},
};

static const struct plan_key keys_keys[] = {
    {"references", plan_read_references, 0, NULL, NULL, "column: table.column",
     "foreign keys, also those the source does not declare; \"a, b\": table (x, y) for several "
     "columns"},
};

#define REFERENCE_FIELD(name) offsetof(struct plan_file_reference, name)
static const struct plan_key reference_keys[] = {
    {"to", plan_read_parent, 0, NULL, NULL, "table.column", "what it refers to"},
    {"on_delete", plan_read_action, REFERENCE_FIELD(on_delete), action_choices, NULL,
     "cascade, set null, set default, restrict, no action", "ON DELETE"},
    {"on_update", plan_read_action, REFERENCE_FIELD(on_update), action_choices, NULL,
     "cascade, set null, set default, restrict, no action", "ON UPDATE"},
    {"deferrable", plan_read_switch, REFERENCE_FIELD(deferrable), NULL, NULL, "true",
     "DEFERRABLE INITIALLY DEFERRED"},
};

#define INDEX_FIELD(name) offsetof(struct plan_file_index, name)
static const struct plan_key index_keys[] = {
    {"columns", plan_read_words, INDEX_FIELD(columns), NULL, NULL, "list of columns",
     "each with DESC, NULLS FIRST or NULLS LAST behind it if need be"},
    {"expression", plan_read_word, INDEX_FIELD(expression), NULL, NULL, "expression",
     "instead of columns, in PostgreSQL's words"},
    {"unique", plan_read_flag, INDEX_FIELD(unique), NULL, NULL, "true", "UNIQUE"},
    {"where", plan_read_word, INDEX_FIELD(where), NULL, NULL, "condition",
     "a partial index, in PostgreSQL's words"},
    {"name", plan_read_word, INDEX_FIELD(name), NULL, NULL, "word",
     "without it PostgreSQL's own choice"},
    {"using", plan_read_word, INDEX_FIELD(using), NULL, NULL, "word",
     "gin, gist, brin, hash; btree without it"},
};

#define SEARCH_FIELD(name) offsetof(struct plan_file_search, name)
static const struct plan_key search_keys[] = {
    {"columns", plan_read_words, SEARCH_FIELD(columns), NULL, NULL, "list of columns",
     "searched together"},
    {"config", plan_read_string, SEARCH_FIELD(config), NULL, NULL, "word",
     "english, simple, german ...; english without it"},
    {"name", plan_read_word, SEARCH_FIELD(name), NULL, NULL, "word", "of the index"},
};

#define CHAIN_FIELD(name) offsetof(struct chain_rule, name)
static const struct plan_key chain_keys[] = {
    {"order", plan_read_string, CHAIN_FIELD(order), NULL, NULL, "column",
     "rows are linked in this order"},
    {"hash", plan_read_string, CHAIN_FIELD(hash), NULL, NULL, "column",
     "holds each row's own digest"},
    {"previous", plan_read_string, CHAIN_FIELD(previous), NULL, NULL, "column",
     "holds a copy of the digest before"},
    {"digest", plan_read_digest, CHAIN_FIELD(digest), NULL, NULL,
     "sha256, sha512, blake2b, blake2b-256", "sha256 without it"},
    {"encoding", plan_read_encoding, CHAIN_FIELD(encoding), NULL, NULL, "hex, base64",
     "of stored digests; hex without it"},
    {"over", plan_read_over, CHAIN_FIELD(over), NULL, NULL, "template, list of columns",
     "what is hashed: \"{previous}, {id}, {details:json}\"; [previous, id] is short for "
     "\"{previous}{id}\""},
    {"genesis", plan_read_string, CHAIN_FIELD(genesis), NULL, NULL, "text",
     "what the first row has for a previous digest"},
    {"null_text", plan_read_string, CHAIN_FIELD(null_text), NULL, NULL, "text",
     "what NULL enters the digest as; nothing without it"},
    {"expose", plan_read_string, CHAIN_FIELD(expose), NULL, NULL, "schema.view",
     "a view of the state of the chain"},
};

#define LIST(heading, keys)                                                                    \
    {                                                                                          \
        heading, keys, sizeof(keys) / sizeof *(keys)                                           \
    }
const struct plan_key_list plan_key_lists[CONTEXT_COUNT] = {
    [CONTEXT_FILE] = LIST("The file", file_keys),
    [CONTEXT_SOURCE] = LIST("A source", source_keys),
    [CONTEXT_DEFAULTS] = LIST("defaults", defaults_keys),
    [CONTEXT_TABLE] = LIST("A table", table_keys),
    [CONTEXT_COLUMN] = LIST("A column", column_keys),
    [CONTEXT_ADDED] = LIST("A column under add", added_keys),
    [CONTEXT_KEYS] = LIST("keys", keys_keys),
    [CONTEXT_REFERENCE] = LIST("A reference", reference_keys),
    [CONTEXT_INDEX] = LIST("An index", index_keys),
    [CONTEXT_SEARCH] = LIST("search", search_keys),
    [CONTEXT_CHAIN] = LIST("chain", chain_keys),
};
