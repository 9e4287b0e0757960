/* meta.h — the keys under which the modern revision keeps its own words in _meta, and the
 * revisions we speak. */
#ifndef MCP_META_H
#define MCP_META_H

#include <stdbool.h>

#include <jansson.h>

#define MCP_META_PREFIX "io.modelcontextprotocol/"

/* params._meta[prefix + name]; NULL: none. Borrowed. */
json_t *mcp_meta_get(const json_t *params, const char *name);

/* The newest first; ended by NULL. */
extern const char *const mcp_legacy_versions[];

/* version: may be NULL. */
bool mcp_version_is_modern(const char *version);
bool mcp_version_is_legacy(const char *version);

/* All of them, modern before legacy; a new reference. */
json_t *mcp_versions(void);

#endif
