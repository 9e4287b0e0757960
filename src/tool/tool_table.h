/* tool_table.h — all the tools there are, and those that one host offers. */
#ifndef TOOL_TOOL_TABLE_H
#define TOOL_TOOL_TABLE_H

#include "agent/tool.h"

/* In the order in which they are listed: PostgreSQL's, and those over a SQLite file. */
extern const struct tool tool_table[];
extern const size_t tool_count;
extern const struct tool tool_table_sqlite[];
extern const size_t tool_table_sqlite_count;

/* Those of the host's backend that its options leave on: *tools lives as long as `arena`. */
void tool_host_tools(const struct tool_host *host, struct arena *arena,
                     const struct tool *const **tools, size_t *count);

/* By name or alias, among those; NULL: none. */
const struct tool *tool_host_find(const struct tool_host *host, const char *name);

#endif
