/* secrets.h — keeps passwords off the process's command line. */
#ifndef CLI_SECRETS_H
#define CLI_SECRETS_H

#include "base/arena.h"

/* A copy of argv's words that outlives their wiping. Lives as long as `arena`. */
char **secrets_copy_words(struct arena *arena, char **words, size_t count);

/* Whether the word may be a connection string with a password in it. */
bool secrets_suspected(const char *word);

/* Overwrites every suspected word with 'x' in place, so that neither ps nor
 * /proc/PID/cmdline shows it any longer. */
void secrets_wipe_words(char **words, size_t count);

/* Overwrites in `text`, which speaks of these words, what stands behind the place where a
 * suspected word's password begins, also where the text cuts the word short. */
void secrets_hide(char *text, char *const *words, size_t count);

#endif
