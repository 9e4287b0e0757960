/* pg.c — the command `outgrow pg`: the private PostgreSQL, by hand. */
#include "command/commands.h"
#include "page/result.h"
#include "postgres/private_server.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *const state_words[] = {
    [SERVER_ABSENT] = "absent", [SERVER_STOPPED] = "stopped", [SERVER_RUNNING] = "running"};

static bool
pg_start(const struct private_server *server, const struct settings *settings,
         const struct output *output, struct error *err)
{
    if (!private_server_start(server, err)) {
        return false;
    }
    if (!settings->quiet) {
        fprintf(output->out, "the private server is running: %s\n", server->conninfo);
    }
    return true;
}

static bool
pg_stop(const struct private_server *server, const struct settings *settings,
        const struct output *output, struct error *err)
{
    if (!private_server_stop(server, err)) {
        return false;
    }
    if (!settings->quiet) {
        fprintf(output->out, "the private server is stopped; its data stays in %s\n",
                server->directory);
    }
    return true;
}

static bool
print_status_json(const struct private_server *server, const char *state,
                  const struct output *output, struct error *err)
{
    AUTO_JSON *status = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?}", "state", state, "url", server->conninfo,
        "directory", server->directory, "socket_directory", server->socket_directory, "log",
        server->log, "binaries", server->binaries, "run_as", server->run_as);
    if (status == NULL) {
        return error_set(err, ERROR_USAGE, "a path of the private server is not UTF-8: %s",
                         server->directory);
    }
    result_print_json(output, status);
    return true;
}

static bool
pg_status(const struct private_server *server, const struct settings *settings,
          const struct output *output, struct error *err)
{
    enum private_server_state state;
    if (!private_server_state(server, &state, err)) {
        return false;
    }
    if (settings->json) {
        return print_status_json(server, state_words[state], output, err);
    }
    fprintf(output->out, "state      %s\n", state_words[state]);
    fprintf(output->out, "url        %s\n", server->conninfo);
    fprintf(output->out, "directory  %s\n", server->directory);
    fprintf(output->out, "log        %s\n", server->log);
    fprintf(output->out, "binaries   %s\n",
            server->binaries == NULL ? "none installed" : server->binaries);
    if (server->run_as != NULL) {
        fprintf(output->out, "runs as    %s\n", server->run_as);
    }
    return true;
}

static bool
pg_url(const struct private_server *server, const struct settings *settings,
       const struct output *output, struct error *err)
{
    (void)settings;
    (void)err;
    fprintf(output->out, "%s\n", server->conninfo);
    return true;
}

/* Becomes psql; returns only when that is not possible. The server's own psql is
 * preferred; else the one in PATH. */
static bool
pg_psql(const struct private_server *server, const struct settings *settings,
        const struct output *output, struct error *err)
{
    if (!private_server_start(server, err)) {
        return false;
    }
    AUTO_ARENA scratch = {0};
    char **argv = arena_alloc(&scratch, (settings->argument_count + 2) * sizeof *argv);
    argv[0] = arena_strdup(&scratch, "psql");
    argv[1] = arena_strdup(&scratch, server->conninfo);
    for (size_t i = 1; i < settings->argument_count; i++) {
        argv[i + 1] = arena_strdup(&scratch, settings->arguments[i]);
    }
    fflush(output->out);
    fflush(output->err_out);
    if (server->binaries != NULL) {
        execv(arena_printf(&scratch, "%s/psql", server->binaries), argv);
    }
    execvp("psql", argv);
    error_set(err, ERROR_SYSTEM, "start psql");
    return error_hint(err, "apt install postgresql-client");
}

struct pg_verb {
    const char *word;
    bool takes_arguments; /* more words than the verb itself */
    bool (*run)(const struct private_server *, const struct settings *, const struct output *,
                struct error *);
};
static const struct pg_verb verbs[] = {
    {"start", false, pg_start}, {"stop", false, pg_stop}, {"status", false, pg_status},
    {"url", false, pg_url},     {"psql", true, pg_psql},
};

static const struct pg_verb *
find_verb(const struct settings *settings, struct error *err)
{
    const char *word = settings->argument_count > 0 ? settings->arguments[0] : "";
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].word, word) != 0) {
            continue;
        }
        if (settings->argument_count > 1 && !verbs[i].takes_arguments) {
            error_set(err, ERROR_USAGE, "\"pg %s\" takes no argument \"%s\"", word,
                      settings->arguments[1]);
            return NULL;
        }
        return &verbs[i];
    }
    error_set(err, ERROR_USAGE,
              word[0] == '\0' ? "pg needs to know what to do%s" : "pg cannot \"%s\"", word);
    error_hint(err, "one of: pg start, pg stop, pg status, pg url, pg psql");
    return NULL;
}

bool
command_pg(const struct settings *settings, const struct output *output, enum exit_code *code,
           struct error *err)
{
    AUTO_ARENA arena = {0};
    struct private_server server;
    const struct pg_verb *verb = find_verb(settings, err);
    if (verb == NULL || !private_server_locate(&arena, &server, err) ||
        !verb->run(&server, settings, output, err)) {
        return false;
    }
    *code = EXIT_DONE;
    return true;
}
