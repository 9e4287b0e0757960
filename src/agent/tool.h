/* tool.h — what a tool of the MCP server is: the contract between those who call tools (serve/,
 * which knows the protocol) and the tools (tool/), which know the database.
 *
 * A tool never writes JSON-RPC and knows no transport; the protocol knows no SQL. */
#ifndef AGENT_TOOL_H
#define AGENT_TOOL_H

#include "base/arena.h"
#include "base/cancellation.h"
#include "base/error.h"

#include <jansson.h>

/* What tools work on: connections, roles, limits; database.h. One for all threads. */
struct tool_host;

/* What a tool may do to the database. Options take whole effects away (--read-only). */
enum tool_effect {
    TOOL_READS,  /* readOnlyHint */
    TOOL_WRITES, /* rows */
    TOOL_ALTERS, /* definitions */
};

/* Which backends a tool serves; bits. */
enum tool_backend { TOOL_POSTGRES = 1, TOOL_SQLITE = 2 };

enum { TOOL_FINGERPRINT_SIZE = 17 };

typedef void tool_progress_function(void *context, double done, double total,
                                    const char *message);

struct tool_call {
    const json_t *arguments;           /* an object that fits input_schema's types; borrowed */
    struct arena *arena;               /* of this call */
    struct cancellation *cancellation; /* fired when the client gives up; never NULL */
    tool_progress_function *progress;  /* NULL: nobody asked */
    void *progress_context;
    char *fingerprint; /* of TOOL_FINGERPRINT_SIZE; filled in where a statement is parsed */
    bool may_ask;      /* the client can put a question to its user */
    bool confirmed;    /* ... and the user has said yes to exactly this call; also when the
                             arguments say confirm: true */
};

struct tool_result {
    json_t *structured; /* new reference; fits output_schema unless is_error; never NULL */
    bool is_error;      /* the model is to read why and mend its call */
    const char
        *question; /* not NULL: nothing was done; put this to the user and call again with
                             `confirmed`. Only when call->may_ask. Lives as long as call->arena */
};

/* True: *result is filled, also for what the tool refuses (is_error: SQL that failed, a guard's
 * refusal, a bad value). False: the server itself is at fault (err), nothing is in *result. Runs
 * on any thread, several at once. */
typedef bool tool_function(struct tool_host *host, const struct tool_call *call,
                           struct tool_result *result, struct error *err);

struct tool {
    const char *name;  /* "postgres_query" */
    const char *alias; /* the name without the prefix, "query"; NULL: none */
    const char *title;
    const char
        *description; /* for the model; says that rows are untrusted data where they come */
    enum tool_effect effect;
    bool destructive; /* annotations of the protocol; all are always written */
    bool idempotent;
    bool open_world;
    unsigned backends;         /* enum tool_backend */
    const char *input_schema;  /* JSON text of an object schema, additionalProperties: false */
    const char *output_schema; /* JSON text of an object schema */
    tool_function *run;
};

#endif
