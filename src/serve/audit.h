/* audit.h — one line of JSON for every call of a tool: what was asked of the database, what became
 * of it, and how long it took. No literal of a statement, no parameter, no row is ever in it. */
#ifndef SERVE_AUDIT_H
#define SERVE_AUDIT_H

#include "agent/tool.h"

#include <stdint.h>

struct audit {
    int descriptor; /* standard error; -1: nothing is written */
    pthread_mutex_t lock;
    uint64_t dropped; /* lines that nobody has made room for; said by the next one */
};

void audit_init(struct audit *audit, int descriptor);
void audit_free(struct audit *audit);

struct audit_call {
    const char *tool; /* NULL: none of that name */
    const char *
        fingerprint; /* of the statement's shape; NULL or "": no statement, or none that parses */
    const char *verdict; /* "allowed", "refused", "invalid", "declined", "unknown", "fault" */
    const json_t *structured; /* of the result; NULL: none */
    bool is_error;
    int64_t took_us;
};

/* "refused" for what a guard would not let through, else "allowed". */
const char *audit_verdict(const json_t *structured);

/* Never blocks: where the reader of the line has stopped reading, it is dropped and counted. */
void audit_write(struct audit *audit, const struct audit_call *call);

#endif
