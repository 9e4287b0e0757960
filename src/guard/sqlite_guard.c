/* sqlite_guard.c — the list behind SQLite's authorizer: few actions, fewer functions. */
#include "guard/sqlite_guard.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

/* Only readings of what the file is; the rest configures, checks or writes. */
static const char *const pragmas[] = {
    "encoding",   "foreign_key_list", "freelist_count", "index_info",
    "index_list", "index_xinfo",      "page_count",     "page_size",
    "table_info", "table_list",       "table_xinfo",    "user_version",
};

/* Built in or often compiled in, and not just computing: files, code, or memory without end. */
static const char *const functions[] = {
    "edit",           "fts3_tokenizer", "load_extension", "readfile",
    "sqlar_compress", "writefile",      "zeroblob",       "randomblob",
};

static bool
is_listed(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (name != NULL && strcasecmp(list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

#define LISTED(list, name) is_listed((list), sizeof(list) / sizeof(list)[0], (name))

static const char *
refuse_change(const char *table, bool writes)
{
    if (!writes) {
        return "a change of rows";
    }
    bool system = table != NULL && (strncasecmp(table, "sqlite_", 7) == 0 ||
                                    strncasecmp(table, "outgrow_", 8) == 0 ||
                                    strncasecmp(table, "_outgrow", 8) == 0);
    return system ? "a change of a table of the system" : NULL;
}

const char *
sqlite_guard_refuses(int action, const char *first, const char *second, bool writes)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE: return NULL;
    case SQLITE_FUNCTION:
        return LISTED(functions, second) ? "a function that is not let through" : NULL;
    case SQLITE_PRAGMA:
        /* With a value it sets, except where the value names what to tell about. */
        return LISTED(pragmas, first) &&
                       (second == NULL || strstr(first, "_info") != NULL ||
                        strstr(first, "_list") != NULL || strstr(first, "_xinfo") != NULL)
                   ? NULL
                   : "a PRAGMA";
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE: return refuse_change(first, writes);
    case SQLITE_ATTACH: return "ATTACH";
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT: return "transaction control";
    default: return "a change of definitions, or of the connection";
    }
}

/* Words outside of parentheses, strings, quoted names and comments. */
static const char *
next_word(const char **at, size_t *length)
{
    int depth = 0;
    const char *c = *at;
    while (*c != '\0') {
        if (*c == '\'' || *c == '"' || *c == '`' || *c == '[') {
            int end = *c == '[' ? ']' : *c;
            const char *close = strchr(c + 1, end);
            c = close == NULL ? c + strlen(c) : close + 1;
        } else if (strncmp(c, "--", 2) == 0) {
            c += strcspn(c, "\n");
        } else if (strncmp(c, "/*", 2) == 0) {
            const char *close = strstr(c + 2, "*/");
            c = close == NULL ? c + strlen(c) : close + 2;
        } else if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_') {
            const char *word = c;
            while ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
                   (*c >= '0' && *c <= '9')) {
                c++;
            }
            if (depth <= 0) {
                *length = (size_t)(c - word);
                *at = c;
                return word;
            }
        } else {
            depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
            c++;
        }
    }
    return NULL;
}

bool
sqlite_guard_lacks_where(const char *sql)
{
    bool changes = false;
    bool where = false;
    size_t length;
    const char *word;
    while ((word = next_word(&sql, &length)) != NULL) {
        changes |= (length == 6 && strncasecmp(word, "update", 6) == 0) ||
                   (length == 6 && strncasecmp(word, "delete", 6) == 0);
        /* INSERT ... ON CONFLICT DO UPDATE: bounded by what is inserted. */
        if (length == 6 && strncasecmp(word, "insert", 6) == 0) {
            return false;
        }
        where |= length == 5 && strncasecmp(word, "where", 5) == 0;
    }
    return changes && !where;
}
