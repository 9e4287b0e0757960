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

/* "scheme://user:password@host": what stands behind the user's colon, or NULL. What does not
 * parse as a connection string may hold a password all the same, so this looks at the text
 * alone. */
static const char *
behind_user(const char *word)
{
    const char *authority = strstr(word, "://");
    if (authority == NULL) {
        return NULL;
    }
    authority += 3;
    const char *at = strrchr(authority, '@');
    const char *colon = strchr(authority, ':');
    return at != NULL && colon != NULL && colon < at ? colon + 1 : NULL;
}

/* Where the first thing begins that may be a password, or NULL. */
static const char *
secret_in(const char *word)
{
    static const char key[] = "password";
    const char *named = strchr(word, '=') == NULL ? NULL : strcasestr(word, key);
    const char *behind = behind_user(word);
    if (named == NULL || (behind != NULL && behind < named)) {
        return behind;
    }
    return named + strlen(key);
}

bool
secrets_suspected(const char *word)
{
    return secret_in(word) != NULL;
}

static size_t
common_prefix(const char *one, const char *other)
{
    size_t length = 0;
    while (one[length] != '\0' && one[length] == other[length]) {
        length++;
    }
    return length;
}

/* In place, as what is written is never longer. */
static void
hide_word(char *text, const char *word, size_t shown)
{
    static const char stars[] = "***";
    for (char *at = text; *at != '\0'; at++) {
        size_t same = common_prefix(at, word);
        if (same > shown) {
            size_t width = same - shown < strlen(stars) ? same - shown : strlen(stars);
            char *rest = at + same;
            at += shown;
            memcpy(at, stars, width);
            memmove(at + width, rest, strlen(rest) + 1);
        }
    }
}

void
secrets_hide(char *text, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *secret = secret_in(words[i]);
        if (secret != NULL) {
            hide_word(text, words[i], (size_t)(secret - words[i]));
        }
    }
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
