/* fuzz_guard.c — any bytes through guard/guard.h.
 *
 * Besides not crashing: a verdict is always complete; a comment behind a statement changes nothing;
 * and what may be selected may be explained. Whether what is let through is harmless only a server
 * can tell: tests/e2e/test_mcp_tools.py asks one. */
#include "fuzz.h"
#include "guard/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMENT_ROOM = 32 };

static const struct guard_function built_in[] = {
    {"clock_timestamp", true}, {"count", false},   {"generate_series", false}, {"lower", false},
    {"nextval", true},         {"pg_sleep", true}, {"random", true},           {"sum", false},
    {"txid_current", false},   {"upper", false},
};
static const struct guard_functions functions = {.built_in = built_in,
                                                 .count = sizeof built_in / sizeof built_in[0]};

static struct guard_verdict
judge(struct arena *arena, enum guard_purpose purpose, const char *sql, size_t length)
{
    struct guard_options options = {.purpose = purpose, .functions = &functions};
    struct guard_verdict verdict;
    guard_check(arena, sql, length, &options, &verdict);
    return verdict;
}

static void
require(bool holds, const char *what, const char *sql)
{
    if (!holds) {
        fprintf(stderr, "%s:\n%s\n", what, sql);
        abort();
    }
}

static void
require_complete(const struct guard_verdict *verdict, const char *sql)
{
    bool refused = verdict->rule != NULL && verdict->message != NULL && verdict->hint != NULL;
    require(verdict->allowed ? verdict->statement != GUARD_NONE : refused,
            "a verdict that says nothing", sql);
}

static void
judge_variants(struct arena *arena, enum guard_purpose purpose, const char *sql, size_t length)
{
    struct guard_verdict verdict = judge(arena, purpose, sql, length);
    require_complete(&verdict, sql);
    if (length + COMMENT_ROOM > GUARD_SQL_MAX) {
        return;
    }
    AUTO_ARENA more = {0};
    const char *commented = arena_printf(&more, "%s\n-- end", sql);
    require(strlen(sql) != length ||
                judge(&more, purpose, commented, strlen(commented)).allowed == verdict.allowed,
            "a comment changes the verdict", sql);
    if (verdict.allowed && verdict.statement == GUARD_SELECT) {
        const char *explained = arena_printf(&more, "EXPLAIN %s", sql);
        require(judge(&more, purpose, explained, strlen(explained)).allowed,
                "selected, but not explained", sql);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    AUTO_ARENA arena = {0};
    enum guard_purpose purpose = (enum guard_purpose)(data[0] % 3);
    const char *sql = arena_strndup(&arena, (const char *)data + 1, size - 1);
    judge_variants(&arena, purpose, sql, size - 1);
    return 0;
}
