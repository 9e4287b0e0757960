/* child.h — another program run to its end, without a shell. */
#ifndef OPERATE_CHILD_H
#define OPERATE_CHILD_H

#include "base/text.h"

/* Runs argv[0] (found in PATH when it holds no slash) with that environment; both
 * end with NULL, and argv is borrowed. Its standard input is empty, and what it
 * writes to standard output and error is appended to `words`, of which the last few
 * kilobytes are kept. *status: its exit status, 128 + signal when a signal ended
 * it; 127 when there is no such program.
 * A stop request ends it with SIGTERM: ERROR_STOPPED. Else ERROR_SYSTEM. */
MUST_USE bool child_run(const char *const *argv, char *const *environment, struct text *words,
                        int *status, struct error *err);

#endif
