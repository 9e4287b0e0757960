/* secrets.c — see secrets.h. */
#include "cli/secrets.h"

#include <string.h>
#include <strings.h>

char **
secrets_copy_words(struct arena *arena, char **words, size_t count)
{
    char **copy = arena_alloc(arena, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = arena_strdup(arena, words[i]);
    }
    return copy;
}

/* "scheme://user:password@host". What does not parse as a connection string may
 * hold a password all the same, so this looks at the text alone. */
static bool
has_user_and_password(const char *word)
{
    const char *authority = strstr(word, "://");
    if (authority == NULL) {
        return false;
    }
    authority += 3;
    const char *at = strrchr(authority, '@');
    const char *colon = strchr(authority, ':');
    return at != NULL && colon != NULL && colon < at;
}

bool
secrets_suspected(const char *word)
{
    return has_user_and_password(word) ||
           (strcasestr(word, "password") != NULL && strchr(word, '=') != NULL);
}

void
secrets_wipe_words(char **words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (secrets_suspected(words[i])) {
            memset(words[i], 'x', strlen(words[i]));
        }
    }
}
