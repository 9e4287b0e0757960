/* collation.c — see collation.h. */
#include "planfile/collation.h"

#include "postgres/target.h"

#include <string.h>

/* Behind a quoted name; NULL: there is none. */
static const char *
skip_quoted(const char *at)
{
    if (*at != '"' || at[1] == '"') {
        return NULL;
    }
    for (at++; *at != '\0'; at++) {
        if (*at == '"' && at[1] != '"') {
            return at + 1;
        }
        at += *at == '"';
    }
    return NULL;
}

bool
collation_is_name(const char *said)
{
    if (*said != '"') {
        return *said != '\0';
    }
    const char *end = skip_quoted(said);
    if (end != NULL && *end == '.') {
        end = skip_quoted(end + 1);
    }
    return end != NULL && *end == '\0';
}

const char *
collation_sql(struct arena *arena, const char *said)
{
    AUTO_TEXT name = {0};
    if (strcmp(said, "database") == 0) {
        return NULL;
    }
    if (*said == '"') {
        return said;
    }
    target_quote_name(&name, said);
    return arena_strdup(arena, text_string(&name));
}
