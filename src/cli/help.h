/* help.h — everything that is printed from the tables of commands and options. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command/command.h"

/* `help` is in no table: it is what prints them. */
#define HELP_SUMMARY "this overview, or help COMMAND"

/* `outgrow --help`. */
void help_overview(struct text *out);

/* `outgrow COMMAND --help`; the same text is in docs/commands.md. */
void help_command(struct text *out, const struct command *command);

/* The man page, in roff. */
void help_man_page(struct text *out);

/* False when there is no such shell (bash, zsh, fish). */
MUST_USE bool help_completion(struct text *out, const char *shell);

/* docs/commands.md, docs/options.md, docs/exit-codes.md and docs/states.md.
 * False when there is no such topic (commands, options, exit-codes, states). */
MUST_USE bool help_markdown(struct text *out, const char *topic);

/* "--types MODE", "-j, --jobs N". */
void help_option_form(struct text *out, const struct option *option);

#endif
