/* command.h — what a command is.
 *
 * A command gets its settings filled in, calls engines, and writes words to `output`. The tables
 * of commands and options (command_table.c, settings/option_table.c) are the only place either is
 * declared: parsing, --help, the man page and the shell completion are all made from them by
 * cli/. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "base/error.h"
#include "base/exit_code.h"
#include "page/output.h"
#include "settings/option.h"
#include "settings/settings.h"

/* Runs one command. True: *code is the exit code (0, 6, 7). False: err. */
typedef bool command_function(const struct settings *settings, const struct output *output,
                              enum exit_code *code, struct error *err);

struct command {
    const char *name;
    const char *summary;         /* one line, lower case, no full stop */
    const char *synopsis;        /* "SOURCE [TARGET]" */
    const char *description;     /* a paragraph or two for --help and the man page */
    const char *const *examples; /* ended by NULL: "command line\texplanation" */
    size_t arguments_min;
    size_t arguments_max;
    const char *options;        /* names of the options it takes, separated by blanks */
    const char *verbatim_after; /* an operand behind which everything is passed on as it is
                                    (pg psql -c ...); NULL: none */
    bool resumes;               /* interrupted, the same command goes on where it was */
    command_function *run;
};
extern const struct command command_table[];
extern const size_t command_count;

#endif
