/* meta.c — see meta.h. */
#include "mcp/meta.h"

#include <stdio.h>
#include <string.h>

static const char *const mcp_modern_versions[] = {"2026-07-28", NULL};
const char *const mcp_legacy_versions[] = {"2025-11-25", "2025-06-18", "2025-03-26",
                                           "2024-11-05", NULL};

json_t *
mcp_meta_get(const json_t *params, const char *name)
{
    char key[80];
    snprintf(key, sizeof key, MCP_META_PREFIX "%s", name);
    return json_object_get(json_object_get(params, "_meta"), key);
}

static bool
is_among(const char *const *versions, const char *version)
{
    for (size_t i = 0; version != NULL && versions[i] != NULL; i++) {
        if (strcmp(versions[i], version) == 0) {
            return true;
        }
    }
    return false;
}

bool
mcp_version_is_modern(const char *version)
{
    return is_among(mcp_modern_versions, version);
}

bool
mcp_version_is_legacy(const char *version)
{
    return is_among(mcp_legacy_versions, version);
}

json_t *
mcp_versions(void)
{
    json_t *all = json_array();
    for (size_t i = 0; mcp_modern_versions[i] != NULL; i++) {
        json_array_append_new(all, json_string(mcp_modern_versions[i]));
    }
    for (size_t i = 0; mcp_legacy_versions[i] != NULL; i++) {
        json_array_append_new(all, json_string(mcp_legacy_versions[i]));
    }
    return all;
}
