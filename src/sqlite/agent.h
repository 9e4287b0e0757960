/* agent.h — a SQLite file opened for SQL that is not ours: a model's. */
#ifndef SQLITE_AGENT_H
#define SQLITE_AGENT_H

#include "sqlite/source.h"

struct agent_rules {
    bool writes;
    /* As sqlite3_set_authorizer's: asked about every part of each statement while it is prepared. */
    int (*authorize)(void *context, int action, const char *first, const char *second,
                     const char *database, const char *trigger);
    int (*watch)(void *context); /* now and then while one runs; not 0: interrupts it */
    void *context;               /* of both */
    int sql_bytes_max;
    int value_bytes_max;
};

/* Opens the file, for reading as source_open does. For writing, as an application of it would:
 * with its triggers and foreign keys, which source_open_writable leaves out. Either way nothing
 * can be attached, no extension loaded, and the file's structure is out of reach of statements.
 * ERROR_SOURCE. */
MUST_USE bool source_open_for_agent(struct source *source, const char *path,
                                    const struct agent_rules *rules, struct error *err);

/* Lets statements of our own pass (false), or asks the rules again (true). */
void source_agent_rules(struct source *source, const struct agent_rules *rules, bool on);

#endif
