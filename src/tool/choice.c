/* choice.c — the tools of one host: those of its backend that its options leave on. */
#include "agent/host_internal.h"
#include "tool/tool_table.h"

#include <string.h>

static const struct tool *
table_of(const struct tool_host *host, size_t *count)
{
    bool sqlite = host->settings.backend == TOOL_SQLITE;
    *count = sqlite ? tool_table_sqlite_count : tool_count;
    return sqlite ? tool_table_sqlite : tool_table;
}

static bool
is_on(const struct tool_host *host, const struct tool *tool)
{
    return tool->effect == TOOL_READS || !host->settings.read_only;
}

void
tool_host_tools(const struct tool_host *host, struct arena *arena,
                const struct tool *const **tools, size_t *count)
{
    size_t all;
    const struct tool *table = table_of(host, &all);
    const struct tool **list = arena_alloc(arena, all * sizeof(const struct tool *));
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        if (is_on(host, &table[i])) {
            list[(*count)++] = &table[i];
        }
    }
    *tools = list;
}

const struct tool *
tool_host_find(const struct tool_host *host, const char *name)
{
    size_t all;
    const struct tool *table = table_of(host, &all);
    for (size_t i = 0; i < all; i++) {
        bool named = strcmp(table[i].name, name) == 0 ||
                     (table[i].alias != NULL && strcmp(table[i].alias, name) == 0);
        if (named && is_on(host, &table[i])) {
            return &table[i];
        }
    }
    return NULL;
}
