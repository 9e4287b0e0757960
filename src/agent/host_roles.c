/* host_roles.c — SQL that makes the roles of the tools; printed, reviewed, and run by a person. */
#include "agent/host.h"
#include "base/text.h"
#include "postgres/journal.h"

/* @ stands for the schema, quoted, @L for it as a literal, @J for the journal's DDL. */
static const char roles_sql[] =
    "-- Roles of outgrow mcp. Run once, as superuser, in the database itself:\n"
    "--   outgrow mcp --print-roles | psql -v ON_ERROR_STOP=1 DATABASE\n"
    "-- then give each a way to log in (a password, a certificate, pg_hba.conf).\n"
    "DO $$ BEGIN\n"
    "  IF to_regrole('app_owner') IS NULL THEN CREATE ROLE app_owner NOLOGIN; END IF;\n"
    "  IF to_regrole('mcp_read') IS NULL THEN CREATE ROLE mcp_read LOGIN NOSUPERUSER"
    " NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 10; END IF;\n"
    "  IF to_regrole('mcp_write') IS NULL THEN CREATE ROLE mcp_write LOGIN NOSUPERUSER"
    " NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5; END IF;\n"
    "  IF to_regrole('mcp_ddl') IS NULL THEN CREATE ROLE mcp_ddl LOGIN NOSUPERUSER"
    " NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT CONNECTION LIMIT 2; END IF;\n"
    "END $$;\n"
    "-- Altering a table needs its owner: give the tables to app_owner, or name their owner "
    "here\n"
    "-- and in --owner-role. mcp_ddl inherits nothing; the server itself becomes the owner.\n"
    "GRANT app_owner TO mcp_ddl;\n"
    "GRANT USAGE, CREATE ON SCHEMA @ TO app_owner;\n"
    "DO $$ DECLARE t regclass; BEGIN\n"
    "  FOR t IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = to_regnamespace(@L) AND"
    " c.relkind IN ('r', 'p') LOOP EXECUTE format('ALTER TABLE %s OWNER TO app_owner', t);"
    " END LOOP;\n"
    "END $$;\n"
    "-- What the roles see and change. Health checks look at other sessions' states.\n"
    "GRANT pg_read_all_stats TO mcp_read;\n"
    "GRANT USAGE ON SCHEMA @ TO mcp_read, mcp_write;\n"
    "GRANT SELECT ON ALL TABLES IN SCHEMA @ TO mcp_read, mcp_write;\n"
    "GRANT SELECT ON ALL SEQUENCES IN SCHEMA @ TO mcp_read;\n"
    "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA @ TO mcp_write;\n"
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA @ TO mcp_write;\n"
    "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA @ GRANT SELECT ON TABLES TO "
    "mcp_read,"
    " mcp_write;\n"
    "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA @ GRANT INSERT, UPDATE, DELETE ON"
    " TABLES TO mcp_write;\n"
    "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA @ GRANT SELECT ON SEQUENCES TO "
    "mcp_read;\n"
    "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA @ GRANT USAGE ON SEQUENCES TO"
    " mcp_write;\n"
    "-- Nobody may put a function of his own in front of a built-in one.\n"
    "REVOKE CREATE ON SCHEMA @ FROM PUBLIC;\n"
    "-- The record of what was healed.\n"
    "DO $$ BEGIN IF to_regclass('outgrow.meta') IS NULL THEN EXECUTE $outgrow$@J$outgrow$; END "
    "IF;"
    " END $$;\n"
    "GRANT USAGE ON SCHEMA outgrow TO mcp_read, mcp_ddl, app_owner;\n"
    "GRANT SELECT ON ALL TABLES IN SCHEMA outgrow TO mcp_read;\n"
    "GRANT INSERT, SELECT ON outgrow.healing TO mcp_ddl, app_owner;\n"
    "-- Limits that the role itself cannot raise (temp_file_limit), and sane beginnings.\n"
    "ALTER ROLE mcp_read SET default_transaction_read_only = on;\n"
    "ALTER ROLE mcp_read SET statement_timeout = '30s';\n"
    "ALTER ROLE mcp_read SET idle_in_transaction_session_timeout = '60s';\n"
    "ALTER ROLE mcp_read SET lock_timeout = '3s';\n"
    "ALTER ROLE mcp_read SET temp_file_limit = '1GB';\n"
    "ALTER ROLE mcp_write SET statement_timeout = '60s';\n"
    "ALTER ROLE mcp_write SET lock_timeout = '5s';\n"
    "ALTER ROLE mcp_write SET temp_file_limit = '1GB';\n"
    "ALTER ROLE mcp_ddl SET lock_timeout = '3s';\n"
    "ALTER ROLE mcp_read SET search_path = @;\n"
    "ALTER ROLE mcp_write SET search_path = @;\n"
    "ALTER ROLE mcp_ddl SET search_path = @;\n"
    "-- Functions with effects beyond the transaction that PUBLIC may call. Optional: this "
    "concerns\n"
    "-- every ordinary role of this database.\n"
    "REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text),"
    " pg_logical_emit_message(boolean, text, bytea),\n"
    "  query_to_xml(text, boolean, boolean, text), query_to_xml_and_xmlschema(text, boolean,"
    " boolean, text), database_to_xml(boolean, boolean, text),\n"
    "  pg_terminate_backend(integer, bigint), pg_cancel_backend(integer), pg_notify(text, "
    "text),"
    " ts_stat(text), ts_stat(text, text),\n"
    "  lo_from_bytea(oid, bytea), lo_creat(integer), lo_create(oid) FROM PUBLIC;\n";

const char *
tool_host_roles_sql(struct arena *arena, const char *schema)
{
    AUTO_TEXT sql = {0};
    for (const char *c = roles_sql; *c != '\0'; c++) {
        if (c[0] == '@' && c[1] == 'J') {
            text_add(&sql, journal_schema_sql(arena));
            c++;
            continue;
        }
        if (c[0] == '@' && c[1] == 'L') {
            target_quote_literal(&sql, schema);
            c++;
        } else if (c[0] == '@') {
            target_quote_name(&sql, schema);
        } else {
            text_add_char(&sql, *c);
        }
    }
    return arena_strdup(arena, text_string(&sql));
}
