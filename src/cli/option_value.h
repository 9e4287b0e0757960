/* option_value.h — one option's value, from text into the settings. */
#ifndef CLI_OPTION_VALUE_H
#define CLI_OPTION_VALUE_H

#include "command/command.h"

/* where: how the person wrote it ("--jobs", "OUTGROW_JOBS"), for messages.
 * `value` is borrowed by the settings. ERROR_USAGE. */
MUST_USE bool option_value_set(struct settings *settings, const struct option *option,
                               const char *where, const char *value, struct error *err);

/* For --flag and --no-flag. */
void option_flag_set(struct settings *settings, const struct option *option, bool on);

/* The defaults of the table, for every option. */
void option_defaults(struct settings *settings);

#endif
