/* checklist_access.c — checks of who may do what with the tables that were moved. */
#include "page/report_lists.h"
#include "report/checklist_internal.h"

#include <string.h>

static const char *
schema_of(const struct checking *checking)
{
    return json_words(json_object_get(checking->job->report, "target"), "schema");
}

void
check_owner(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        MOVED_CTE "SELECT coalesce(string_agg(DISTINCT r.rolname, ', '), 'nobody'),"
                  " coalesce(bool_or(r.rolsuper), false) FROM moved JOIN pg_catalog.pg_class c"
                  " USING (oid) JOIN pg_catalog.pg_roles r ON r.oid = c.relowner",
        checking->tables);
    if (answer == NULL) {
        return;
    }
    if (!target_is_true(answer, 0, 1)) {
        set_passed(checking, outcome, "%s, no superuser", PQgetvalue(answer, 0, 0));
        return;
    }
    set_open(checking, outcome, "%s, a superuser", PQgetvalue(answer, 0, 0));
    outcome->advice = "make a role that owns the tables and cannot do anything else";
    AUTO_TEXT statement = {0};
    text_add(&statement, "CREATE ROLE app_owner; ALTER TABLE ");
    target_quote_name(&statement, schema_of(checking));
    text_add(&statement, ".NAME OWNER TO app_owner");
    outcome->statement = arena_strdup(checking->arena, text_string(&statement));
}

void
check_application_role(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        MOVED_CTE
        "SELECT count(*), coalesce(string_agg(rolname, ', '), '') FROM (SELECT r.rolname"
        " FROM pg_catalog.pg_roles r WHERE r.rolcanlogin AND NOT r.rolsuper AND EXISTS (SELECT "
        "1 FROM moved JOIN pg_catalog.pg_class c USING (oid)"
        " WHERE pg_catalog.has_schema_privilege(r.oid, c.relnamespace, 'USAGE')"
        " AND pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT'))"
        " ORDER BY r.rolname LIMIT 5) AS able",
        checking->tables);
    if (answer == NULL) {
        return;
    }
    if (target_number(answer, 0, 0) > 0) {
        set_passed(checking, outcome, "%s", PQgetvalue(answer, 0, 1));
        return;
    }
    set_open(checking, outcome, "none: only superusers can read the tables");
    outcome->advice = "make one with the rights that the application needs, and no more";
    AUTO_TEXT schema = {0};
    target_quote_name(&schema, schema_of(checking));
    outcome->statement = arena_printf(
        checking->arena,
        "CREATE ROLE app LOGIN; GRANT USAGE ON SCHEMA %s TO app; GRANT SELECT, INSERT, UPDATE, "
        "DELETE ON ALL TABLES IN SCHEMA %s TO app",
        text_string(&schema), text_string(&schema));
}

void
check_public_rights(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *tables = checklist_ask(
        checking, outcome,
        MOVED_CTE "SELECT count(DISTINCT c.oid) FROM moved JOIN pg_catalog.pg_class c USING"
                  " (oid), pg_catalog.aclexplode(c.relacl) AS a WHERE a.grantee = 0",
        checking->tables);
    AUTO_RESULT *create = tables == NULL
                              ? NULL
                              : checklist_ask(checking, outcome,
                                              "SELECT pg_catalog.has_schema_privilege("
                                              "'public', $1, 'CREATE')",
                                              schema_of(checking));
    if (create == NULL) {
        return;
    }
    AUTO_TEXT schema = {0};
    target_quote_name(&schema, schema_of(checking));
    if (target_number(tables, 0, 0) > 0) {
        set_open(checking, outcome, "everybody who can connect has rights on %s of the tables",
                 PQgetvalue(tables, 0, 0));
        outcome->statement = arena_printf(checking->arena,
                                          "REVOKE ALL ON ALL TABLES IN SCHEMA %s FROM PUBLIC",
                                          text_string(&schema));
    } else if (target_is_true(create, 0, 0)) {
        set_open(checking, outcome,
                 "everybody who can connect may create tables in the schema");
        outcome->statement = arena_printf(
            checking->arena, "REVOKE CREATE ON SCHEMA %s FROM PUBLIC", text_string(&schema));
    } else {
        set_passed(checking, outcome, "none on the tables, and nobody else may create any");
    }
}

void
check_row_security(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        MOVED_CTE "SELECT count(*), count(*) FILTER (WHERE c.relrowsecurity) FROM moved"
                  " JOIN pg_catalog.pg_class c USING (oid)",
        checking->tables);
    if (answer == NULL) {
        return;
    }
    if (target_number(answer, 0, 1) > 0) {
        set_passed(checking, outcome, "on for %s of %s tables", PQgetvalue(answer, 0, 1),
                   PQgetvalue(answer, 0, 0));
        return;
    }
    set_yours(checking, outcome, "off for all tables");
    outcome->advice = "needed only where several tenants share a table";
}

void
check_password_form(struct checking *checking, struct check_outcome *outcome)
{
    const char *form = checklist_setting(checking, outcome, "password_encryption");
    if (form == NULL) {
        return;
    }
    if (strcmp(form, "scram-sha-256") == 0) {
        set_passed(checking, outcome, "new ones as %s", form);
        return;
    }
    set_open(checking, outcome, "new ones as %s", form);
    outcome->advice = "then set the passwords anew";
    outcome->statement = "ALTER SYSTEM SET password_encryption = 'scram-sha-256'";
}
