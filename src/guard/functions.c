/* functions.c — the lists: functions, relations, schemas, settings; and the server's own. */
#include "guard/functions.h"

#include "postgres/target.h"

#include <string.h>
#include <strings.h>

/* Beginnings of names that are refused whatever pg_proc says of them: labels do not tell who
 * opens a second connection, reads files, runs SQL given as text, or outlives a ROLLBACK. A whole
 * name is a beginning, too. */
static const char *const never_beginnings[] = {
    "binary_upgrade_",
    "brin_desummarize",
    "brin_summarize",
    "connectby",
    "crosstab",
    "current_setting",
    "cursor_to_xml",
    "database_to_xml",
    "dblink",
    "gin_clean_pending",
    "hypopg",
    "lo_",
    "loread",
    "lowrite",
    "pg_advisory_",
    "pg_backup_",
    "pg_cancel_",
    "pg_config",
    "pg_copy_",
    "pg_create_",
    "pg_current_logfile",
    "pg_drop_",
    "pg_export_snapshot",
    "pg_extension_config_dump",
    "pg_file_",
    "pg_get_backend_memory",
    "pg_get_shmem",
    "pg_hba_file",
    "pg_ident_file",
    "pg_import_system",
    "pg_log_",
    "pg_logical_",
    "pg_ls_",
    "pg_nextoid",
    "pg_notify",
    "pg_prewarm",
    "pg_promote",
    "pg_read_",
    "pg_reload_",
    "pg_replication_",
    "pg_rotate_",
    "pg_show_all_",
    "pg_show_replication",
    "pg_sleep",
    "pg_start_backup",
    "pg_stat_file",
    "pg_stat_reset",
    "pg_stat_statements_reset",
    "pg_stop_backup",
    "pg_switch_",
    "pg_tablespace_location",
    "pg_terminate_",
    "pg_try_advisory_",
    "pg_wal_replay_",
    "postgres_fdw_",
    "query_to_xml",
    "schema_to_xml",
    "set_config",
    "set_limit",
    "setval",
    "table_to_xml",
    "ts_rewrite",
    "ts_stat",
    "xpath_table",
    "xslt_process",
};

/* VOLATILE in pg_proc, as what they tell changes, not because they change anything. */
static const char *const harmless_volatile[] = {
    "clock_timestamp",
    "gen_random_uuid",
    "pg_blocking_pids",
    "pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_database_size",
    "pg_indexes_size",
    "pg_is_in_recovery",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_relation_size",
    "pg_table_size",
    "pg_tablespace_size",
    "pg_total_relation_size",
    "random",
    "random_normal",
    "timeofday",
    "uuidv4",
    "uuidv7",
};

static const char *const sequence_functions[] = {"currval", "lastval", "nextval"};

static const char *const secret_relations[] = {
    "pg_authid",
    "pg_backend_memory_contexts",
    "pg_config",
    "pg_db_role_setting",
    "pg_file_settings",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_largeobject",
    "pg_largeobject_metadata",
    "pg_settings",
    "pg_shadow",
    "pg_shmem_allocations",
    "pg_statistic",
    "pg_statistic_ext_data",
    "pg_subscription",
    "pg_user_mapping",
    "pg_user_mappings",
    "user_mapping_options",
};

/* _migration: where other tools of this kind keep their record. */
static const char *const protected_schemas[] = {
    "_migration", "information_schema", "outgrow", "pg_catalog", "pg_toast",
};

static const char *const public_settings[] = {
    "client_encoding",       "datestyle",          "default_transaction_isolation",
    "intervalstyle",         "lc_collate",         "lc_ctype",
    "max_connections",       "search_path",        "server_encoding",
    "server_version",        "server_version_num", "standard_conforming_strings",
    "statement_timeout",     "timezone",           "transaction_isolation",
    "transaction_read_only",
};

#define LISTED(list, name) is_listed((list), sizeof(list) / sizeof(list)[0], (name))

static bool
is_listed(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_never(const char *name)
{
    for (size_t i = 0; i < sizeof never_beginnings / sizeof never_beginnings[0]; i++) {
        if (strncmp(name, never_beginnings[i], strlen(never_beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

static int
compare_name(const void *name, const void *function)
{
    return strcmp(name, ((const struct guard_function *)function)->name);
}

enum guard_function_answer
guard_function_ask(const struct guard_functions *functions, const char *name, bool for_writes)
{
    if (is_never(name)) {
        return FUNCTION_NEVER;
    }
    const struct guard_function *found = functions->count == 0
                                             ? NULL
                                             : bsearch(
                                                   name, functions->built_in, functions->count,
                                                   sizeof *functions->built_in, compare_name);
    if (found == NULL) {
        return FUNCTION_UNKNOWN;
    }
    if (!found->volatile_any || LISTED(harmless_volatile, name) ||
        (for_writes && LISTED(sequence_functions, name))) {
        return FUNCTION_HARMLESS;
    }
    return FUNCTION_VOLATILE;
}

bool
guard_function_is_allowed(const struct guard_functions *functions, const char *name)
{
    return is_listed(functions->allowed, functions->allowed_count, name);
}

bool
guard_relation_is_secret(const char *name)
{
    return LISTED(secret_relations, name);
}

bool
guard_schema_is_protected(const char *schema)
{
    return LISTED(protected_schemas, schema) || strncmp(schema, "pg_", 3) == 0;
}

bool
guard_setting_is_public(const char *name)
{
    for (size_t i = 0; i < sizeof public_settings / sizeof public_settings[0]; i++) {
        if (strcasecmp(public_settings[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool
guard_functions_load(struct arena *arena, PGconn *conn, struct guard_functions *functions,
                     struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT proname, bool_or(provolatile = 'v') FROM pg_catalog.pg_proc"
                      " WHERE pronamespace = 'pg_catalog'::pg_catalog.regnamespace"
                      " GROUP BY proname ORDER BY proname COLLATE \"C\"",
                      NULL, 0, &result, err)) {
        return error_wrap(err, "read the server's functions");
    }
    size_t count = (size_t)PQntuples(result);
    struct guard_function *list = arena_alloc(arena, count * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i].name = arena_strdup(arena, PQgetvalue(result, (int)i, 0));
        list[i].volatile_any = target_is_true(result, (int)i, 1);
    }
    functions->built_in = list;
    functions->count = count;
    return true;
}
