/* guarded.h — the guard's test data: functions of a server, and statements with their verdicts. */
#ifndef GUARDED_H
#define GUARDED_H

#include "guard/guard.h"

struct judged_statement {
    int line; /* in the file */
    enum guard_purpose purpose;
    bool allowed;
    const char *sql;
    size_t length;
    const char *why;
};

/* Both end the process when a file cannot be read. Results live as long as `arena`. */
void guarded_functions(struct arena *arena, const char *path,
                       struct guard_functions *functions);
void guarded_statements(struct arena *arena, const char *path,
                        struct judged_statement **statements, size_t *count);

#endif
