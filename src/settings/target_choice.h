/* target_choice.h — which PostgreSQL is meant. */
#ifndef SETTINGS_TARGET_CHOICE_H
#define SETTINGS_TARGET_CHOICE_H

#include "postgres/target.h"
#include "settings/settings.h"

enum target_need {
    TARGET_NEEDED,    /* the private server is created and started when it comes to that */
    TARGET_IF_EXISTS, /* the private server is started only when it exists already */
};

struct target_choice {
    const char *conninfo; /* may hold a password: never to be shown */
    bool private_server;
    bool absent; /* TARGET_IF_EXISTS, and there is no private server yet */
};

/* What target_choose does, for help: "a PostgreSQL connection string; else ...". */
extern const char target_choice_words[];

/* argument: the operand, or NULL. Else DATABASE_URL, else libpq's own variables
 * (conninfo "" then), else the private server; that it is started is said on
 * output->err_out. Strings live as long as `arena`.
 * ERROR_USAGE when DATABASE_URL names another kind of database. */
MUST_USE bool target_choose(const char *argument, enum target_need need,
                            const struct output *output, struct arena *arena,
                            struct target_choice *choice, struct error *err);

/* Of an absent choice: no source can be live there. ERROR_TARGET; returns false. */
bool target_choice_is_absent(const char *source_path, struct error *err);

/* A command that opens psql there, as a person would type it; no password. */
const char *target_psql_command(struct arena *arena, const struct target_choice *choice,
                                const PGconn *conn);

/* A word of a command line for people to copy: in quotes where a shell needs them. */
void add_shell_word(struct text *command, const char *word);

/* Whether an operand is a connection string: it holds "://", or "=" and is no file. */
bool target_is_named_by(const char *operand);

/* For commands whose operands are [SOURCE] [TARGET]: a first one that is a connection string is
 * the TARGET. Both borrowed; NULL: not given. */
void target_take_operands(const struct settings *settings, const char **source,
                          const char **target);

#endif
