/* host_internal.h — the inside of struct tool_host, for the tools. */
#ifndef AGENT_HOST_INTERNAL_H
#define AGENT_HOST_INTERNAL_H

#include "agent/database.h"
#include "agent/host.h"
#include "guard/functions.h"

struct tool_host {
    struct tool_settings settings;    /* defaults filled in */
    struct arena arena;               /* of what lives as long as the host; not used by calls */
    struct database *database;        /* PostgreSQL; else NULL */
    struct guard_functions functions; /* of the server, as it was when the host was opened */
};

#endif
