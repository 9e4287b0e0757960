/* option_table.c — every option there is, once. */
#include "command/command.h"

#define FIELD(name) offsetof(struct settings, name)

/* cli/ stores a choice through an int. */
_Static_assert(sizeof(enum types_mode) == sizeof(int), "choices are stored as int");
_Static_assert(sizeof(enum names_mode) == sizeof(int), "choices are stored as int");
_Static_assert(sizeof(enum bad_text) == sizeof(int), "choices are stored as int");

static const struct option_choice types_choices[] = {
    {"faithful", TYPES_FAITHFUL, "keep the declared intent where every value fits"},
    {"evolve", TYPES_EVOLVE,
     "also lift text to uuid, jsonb or timestamptz where every value fits and the name agrees"},
    {NULL, 0, NULL},
};

static const struct option_choice names_choices[] = {
    {"source", NAMES_SOURCE,
     "as PostgreSQL would read the same SQL: only quoted names keep case"},
    {"fold", NAMES_FOLD, "all in lower case"},
    {"keep", NAMES_KEEP, "exactly as in the source"},
    {NULL, 0, NULL},
};

static const struct option_choice bad_text_choices[] = {
    {"set-aside", BAD_TEXT_SET_ASIDE, "keep such rows in outgrow.set_aside, with the reason"},
    {"bytea", BAD_TEXT_BYTEA, "make the column bytea"},
    {"strip", BAD_TEXT_STRIP,
     "store a cleaned value and keep the original in outgrow.set_aside, marked altered"},
    {NULL, 0, NULL},
};

/* In the order help shows them. */
const struct option option_table[] = {
    {.name = "types",
     .kind = OPTION_CHOICE,
     .field = FIELD(types),
     .argument = "MODE",
     .fallback = "faithful",
     .choices = types_choices,
     .help = "how to choose the type of a column"},
    {.name = "names",
     .kind = OPTION_CHOICE,
     .field = FIELD(names),
     .argument = "MODE",
     .fallback = "source",
     .choices = names_choices,
     .help = "how to name tables and columns in the target"},
    {.name = "bad-text",
     .kind = OPTION_CHOICE,
     .field = FIELD(bad_text),
     .argument = "MODE",
     .fallback = "set-aside",
     .choices = bad_text_choices,
     .help = "what to do with text that is not UTF-8 or holds U+0000"},
    {.name = "schema",
     .kind = OPTION_TEXT,
     .field = FIELD(schema),
     .argument = "NAME",
     .fallback = "public",
     .help = "target schema; created when it is not there"},
    {.name = "replace",
     .kind = OPTION_FLAG,
     .field = FIELD(replace),
     .help = "drop what is in the way (tables of the same names; plan: the output file) first"},
    {.name = "damaged-ok",
     .kind = OPTION_FLAG,
     .field = FIELD(damaged_ok),
     .help = "go on with a damaged file, and bring over what can be read"},
    {.name = "full-check",
     .kind = OPTION_FLAG,
     .field = FIELD(full_check),
     .help = "check the file with integrity_check (also every index) instead of quick_check"},
    {.name = "dry-run",
     .letter = 'n',
     .kind = OPTION_FLAG,
     .field = FIELD(dry_run),
     .help = "show what would be done, and change nothing in the target"},
    {.name = "snapshot",
     .kind = OPTION_FLAG,
     .field = FIELD(snapshot),
     .help = "compare with the backup the migration was made from, not the file as it is now"},
    {.name = "set-aside",
     .kind = OPTION_FLAG,
     .field = FIELD(set_aside),
     .help = "list the rows that were set aside, and why"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .field = FIELD(output_path),
     .argument = "FILE",
     .help = "write the plan to this file instead of standard output"},
    {.name = "backup-directory",
     .kind = OPTION_TEXT,
     .field = FIELD(backup_directory),
     .argument = "DIR",
     .help =
         "where backups of the source are kept; else \"backups\" in outgrow's data directory"},
    {.name = "jobs",
     .letter = 'j',
     .kind = OPTION_NUMBER,
     .field = FIELD(jobs),
     .argument = "N",
     .fallback = "0",
     .min = 0,
     .max = 64,
     .help =
         "tables or parts of tables handled at the same time; 0: one a processor, at most 4"},
    {.name = "json",
     .kind = OPTION_FLAG,
     .field = FIELD(json),
     .help = "print the result as JSON"},
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_FLAG,
     .field = FIELD(quiet),
     .help = "no progress and no remarks; errors are still shown"},
};
const size_t option_count = sizeof option_table / sizeof option_table[0];
