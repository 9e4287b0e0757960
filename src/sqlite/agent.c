/* agent.c — see agent.h. */
#include "sqlite/agent.h"

#include "sqlite/writer.h"

enum {
    WATCH_INSTRUCTIONS = 2000,
    EXPRESSION_DEPTH_MAX = 200,
    COLUMNS_MAX = 2000,
    AGENT_BUSY_MS = 3000
};

void
source_agent_rules(struct source *source, const struct agent_rules *rules, bool on)
{
    sqlite3_set_authorizer(source->handle, on ? rules->authorize : NULL,
                           on ? rules->context : NULL);
}

static bool
configure(struct source *source, const struct agent_rules *rules)
{
    sqlite3 *handle = source->handle;
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, rules->sql_bytes_max);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, rules->value_bytes_max);
    sqlite3_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, EXPRESSION_DEPTH_MAX);
    sqlite3_limit(handle, SQLITE_LIMIT_COLUMN, COLUMNS_MAX);
    sqlite3_progress_handler(handle, WATCH_INSTRUCTIONS, rules->watch, rules->context);
    return sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
           sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL) ==
               SQLITE_OK &&
           sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL) == SQLITE_OK &&
           sqlite3_exec(handle,
                        rules->writes ? "PRAGMA foreign_keys=ON" : "PRAGMA query_only=ON", NULL,
                        NULL, NULL) == SQLITE_OK;
}

bool
source_open_for_agent(struct source *source, const char *path, const struct agent_rules *rules,
                      struct error *err)
{
    bool opened = rules->writes ? source_open_writable(source, path, AGENT_BUSY_MS, err)
                                : source_open(source, path, err);
    if (!opened) {
        return false;
    }
    if (!configure(source, rules)) {
        source_failed(source, err, "prepare %s", path);
        source_close(source);
        return false;
    }
    source_agent_rules(source, rules, true);
    return true;
}
