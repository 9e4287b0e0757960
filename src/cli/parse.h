/* parse.h — from words on the command line and OUTGROW_* variables to settings. */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "base/arena.h"
#include "command/command.h"

enum command_line_action {
    ACTION_RUN,        /* command, settings */
    ACTION_HELP,       /* command, or NULL: the overview */
    ACTION_VERSION,    /* nothing else */
    ACTION_MAN,        /* print the man page */
    ACTION_COMPLETION, /* topic: bash, zsh or fish */
    ACTION_MARKDOWN,   /* topic: commands, options, exit-codes or states */
};

struct command_line {
    enum command_line_action action;
    const struct command *command;
    const char *topic;
    struct settings settings;
};

/* words[0] is the first word behind the program's name; borrowed, and the
 * settings borrow from it. Lists live as long as `arena`. Reads OUTGROW_*
 * variables for the options that the command takes. Option names are never
 * abbreviated, so that new options cannot change what a script means.
 * ERROR_USAGE with a hint that names the likely spelling. */
MUST_USE bool parse_command_line(struct arena *arena, char **words, size_t word_count,
                                 struct command_line *line, struct error *err);

/* NULL when there is none of that name. */
const struct option *find_option(const char *name, size_t name_length);

/* Whether the command's list of options has this name. */
bool command_takes(const struct command *command, const struct option *option);

/* "OUTGROW_BAD_TEXT" for "bad-text". Lives as long as `arena`. */
char *option_variable(struct arena *arena, const struct option *option);

#endif
