/* exit_code.h — what the process's exit code says; the one table of it. */
#ifndef BASE_EXIT_CODE_H
#define BASE_EXIT_CODE_H

#include "base/error.h"

#include <stddef.h>

/* Documented in docs/exit-codes.md, which is made from exit_code.c. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_INTERNAL = 1,
    EXIT_USAGE = 2,
    EXIT_SOURCE = 3,
    EXIT_TARGET = 4,
    EXIT_SYSTEM = 5,
    EXIT_DIFFERS = 6,
    EXIT_SET_ASIDE = 7,
    EXIT_NOT_NOW = 8,
    EXIT_INTERRUPTED = 130,
};
struct exit_code_entry {
    enum exit_code code;
    const char *meaning;
};
extern const struct exit_code_entry exit_code_table[];
extern const size_t exit_code_count;
enum exit_code exit_code_of(enum error_kind kind);

#endif
