/* target_choice.c — see target_choice.h. */
#include "settings/target_choice.h"

#include "page/result.h"
#include "postgres/private_server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char target_choice_words[] =
    "a PostgreSQL connection string; else DATABASE_URL; else PGHOST, PGHOSTADDR, PGSERVICE or "
    "PGDATABASE; else a private PostgreSQL of your own, made and started when needed (outgrow "
    "pg)";

/* NULL when it is not set, or empty. */
static const char *
variable(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* PGPORT or PGUSER alone name no server; these do. */
static bool
libpq_is_configured(void)
{
    return variable("PGHOST") != NULL || variable("PGHOSTADDR") != NULL ||
           variable("PGSERVICE") != NULL || variable("PGDATABASE") != NULL;
}

/* Frameworks put a driver into the scheme (postgresql+psycopg2://...), which
 * libpq does not know. */
static bool
normalize_url(struct arena *arena, const char *where, const char *url, const char **conninfo,
              struct error *err)
{
    if (strncmp(url, "${", 2) == 0) {
        error_set(err, ERROR_USAGE, "%s is %s, which nobody has filled in", where, url);
        return error_hint(err,
                          "MCP clients differ: Claude Code fills in ${NAME}, Cursor and VS "
                          "Code ${env:NAME}, others nothing");
    }
    size_t scheme = strcspn(url, ":");
    if (strncmp(url + scheme, "://", 3) != 0) {
        *conninfo = url;
        return true;
    }
    size_t plain = strcspn(url, "+:");
    if ((plain == 10 && memcmp(url, "postgresql", 10) == 0) ||
        (plain == 8 && memcmp(url, "postgres", 8) == 0)) {
        *conninfo = plain == scheme ? url : arena_printf(arena, "postgresql%s", url + scheme);
        return true;
    }
    error_set(err, ERROR_USAGE, "%s is a %.*s URL, not a PostgreSQL one", where, (int)scheme,
              url);
    return error_hint(err, "name the target as postgresql://user@host/database");
}

static bool
start_private_server(const struct private_server *server, const struct output *output,
                     struct error *err)
{
    enum private_server_state state;
    if (!private_server_state(server, &state, err)) {
        return false;
    }
    if (state != SERVER_RUNNING) {
        note(output, "%s the private PostgreSQL in %s",
             state == SERVER_ABSENT ? "creating" : "starting", server->directory);
    }
    return private_server_start(server, err);
}

static bool
choose_private_server(enum target_need need, const struct output *output, struct arena *arena,
                      struct target_choice *choice, struct error *err)
{
    struct private_server server = {0};
    enum private_server_state state;
    if (!private_server_locate(arena, &server, err)) {
        return false;
    }
    choice->private_server = true;
    choice->conninfo = server.conninfo;
    if (need == TARGET_IF_EXISTS) {
        if (!private_server_state(&server, &state, err)) {
            return false;
        }
        if (state == SERVER_ABSENT) {
            choice->absent = true;
            return true;
        }
    }
    return start_private_server(&server, output, err);
}

bool
target_choose(const char *argument, enum target_need need, const struct output *output,
              struct arena *arena, struct target_choice *choice, struct error *err)
{
    *choice = (struct target_choice){0};
    if (argument != NULL) {
        return normalize_url(arena, "TARGET", argument, &choice->conninfo, err);
    }
    const char *url = variable("DATABASE_URL");
    if (url != NULL) {
        return normalize_url(arena, "DATABASE_URL", url, &choice->conninfo, err);
    }
    if (libpq_is_configured()) {
        choice->conninfo = "";
        return true;
    }
    return choose_private_server(need, output, arena, choice, err);
}

bool
target_choice_is_absent(const char *source_path, struct error *err)
{
    error_set(err, ERROR_TARGET, "\"%s\" is not live: there is no private PostgreSQL",
              source_path);
    return error_hint(err, "outgrow sync makes it live; or name the TARGET");
}

void
add_shell_word(struct text *command, const char *word)
{
    if (word[0] != '\0' &&
        strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@") ==
            strlen(word)) {
        text_add(command, word);
        return;
    }
    text_add_char(command, '\'');
    for (const char *c = word; *c != '\0'; c++) {
        text_add(command, *c == '\'' ? "'\\''" : (const char[]){*c, '\0'});
    }
    text_add_char(command, '\'');
}

/* Adds " -X 'value'" unless psql would find the value by itself. */
static void
add_psql_option(struct text *command, const char *option, const char *value, const char *usual)
{
    if (value == NULL || value[0] == '\0' || strcmp(value, usual) == 0) {
        return;
    }
    text_printf(command, " %s ", option);
    add_shell_word(command, value);
}

const char *
target_psql_command(struct arena *arena, const struct target_choice *choice, const PGconn *conn)
{
    if (choice->private_server) {
        return "outgrow pg psql";
    }
    AUTO_TEXT command = {0};
    text_add(&command, "psql");
    add_psql_option(&command, "-h", PQhost(conn), "");
    add_psql_option(&command, "-p", PQport(conn), "5432");
    add_psql_option(&command, "-U", PQuser(conn), "");
    add_psql_option(&command, "-d", PQdb(conn), "");
    return arena_strdup(arena, text_string(&command));
}

bool
target_is_named_by(const char *operand)
{
    return strstr(operand, "://") != NULL ||
           (strchr(operand, '=') != NULL && access(operand, F_OK) != 0);
}

void
target_take_operands(const struct settings *settings, const char **source, const char **target)
{
    size_t at = 0;
    *source = NULL;
    *target = NULL;
    if (settings->argument_count > 0 &&
        (settings->argument_count > 1 || !target_is_named_by(settings->arguments[0]))) {
        *source = settings->arguments[at++];
    }
    if (at < settings->argument_count) {
        *target = settings->arguments[at];
    }
}
