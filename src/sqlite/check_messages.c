/* check_messages.c — sorts the lines that PRAGMA integrity_check prints. */
#include "sqlite/check_internal.h"

#include <stdio.h>
#include <string.h>

static bool
starts(const char *line, const char *start)
{
    return strncmp(line, start, strlen(start)) == 0;
}

static bool
is_unused_page(const char *line)
{
    int end = 0;
    (void)sscanf(line, "Page %*u is never used%n", &end);
    if (end == 0) {
        (void)sscanf(line, "Page %*u: never used%n", &end);
    }
    return end > 0;
}

enum check_line
check_line_kind(const char *line)
{
    if (line[0] == '\0' || strcmp(line, "ok") == 0 || starts(line, "*** in database")) {
        return LINE_NOTHING;
    }
    if (starts(line, "NULL value in ") || starts(line, "CHECK constraint failed in ") ||
        starts(line, "NUMERIC value in ") || starts(line, "TEXT value in ") ||
        (starts(line, "non-") && strstr(line, " value in ") != NULL)) {
        return LINE_VALUE;
    }
    if (strstr(line, "PRIMARY KEY order") != NULL ||
        strstr(line, " missing from index ") != NULL ||
        starts(line, "non-unique entry in index ") ||
        strstr(line, "values differ from index ") != NULL) {
        return LINE_KEY_ORDER;
    }
    if (starts(line, "Main freelist") || starts(line, "Freelist") ||
        strstr(line, "ptrmap") != NULL || strstr(line, "pointer map") != NULL) {
        return LINE_FREE_LIST;
    }
    return is_unused_page(line) ? LINE_UNUSED : LINE_DAMAGE;
}
