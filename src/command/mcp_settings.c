/* mcp_settings.c — see mcp_settings.h. */
#include "command/mcp_settings.h"

#include "settings/target_choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Names between commas, as the host wants them. */
static void
split_names(struct arena *arena, const char *names, struct tool_settings *tools)
{
    const char **list = NULL;
    size_t count = 0;
    for (const char *word = names; word != NULL && *word != '\0';) {
        word += strspn(word, ", ");
        size_t length = strcspn(word, ", ");
        if (length > 0) {
            *ARENA_APPEND(arena, list, count) = arena_strndup(arena, word, length);
        }
        word += length;
    }
    tools->allow_functions = list;
    tools->allow_function_count = count;
}

static bool
choose_sqlite(const struct settings *settings, struct tool_settings *tools, struct error *err)
{
    if (settings->argument_count == 0) {
        error_set(err, ERROR_USAGE, "which SQLite file shall be served?");
        return error_hint(err, "outgrow mcp --backend sqlite app.db");
    }
    tools->sqlite_path = settings->arguments[0];
    return true;
}

bool
mcp_tool_settings(const struct settings *settings, const struct output *output,
                  struct arena *arena, struct tool_settings *tools, struct error *err)
{
    *tools = (struct tool_settings){
        .backend = settings->mcp_backend,
        .conninfo_write = settings->write_target,
        .conninfo_ddl = settings->ddl_target,
        .owner_role = settings->owner_role,
        .read_only = settings->read_only,
        .heal = settings->heal,
        .limits = {.max_rows = (int)settings->max_rows,
                   .timeout_ms = (int)settings->timeout_ms,
                   .max_affected = (int)settings->max_affected},
        .connections = (int)settings->connections,
        .allow_superuser = settings->allow_superuser,
        .allow_destructive = settings->allow_destructive,
    };
    split_names(arena, settings->allow_functions, tools);
    if (tools->backend == TOOL_SQLITE) {
        return choose_sqlite(settings, tools, err);
    }
    struct target_choice choice;
    const char *argument = settings->argument_count > 0 ? settings->arguments[0] : NULL;
    if (!target_choose(argument, TARGET_NEEDED, output, arena, &choice, err)) {
        return false;
    }
    tools->conninfo_read = choice.conninfo;
    return true;
}

static bool
read_tokens(const char *path, struct arena *arena, const char **tokens, struct error *err)
{
    enum { SIZE = 65536 };
    struct stat file;
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        return error_set(err, ERROR_SYSTEM, "open \"%s\"", path);
    }
    char *text = arena_alloc(arena, SIZE);
    bool is_private = fstat(fileno(stream), &file) == 0 && (file.st_mode & 077) == 0;
    bool ok = fread(text, 1, SIZE - 1, stream) > 0 || !ferror(stream);
    fclose(stream);
    if (!ok) {
        return error_set(err, ERROR_SYSTEM, "read \"%s\"", path);
    }
    if (!is_private) {
        error_set(err, ERROR_USAGE, "others can read the tokens in \"%s\"", path);
        return error_hint(err, "chmod 600 it");
    }
    *tokens = text;
    return true;
}

bool
mcp_http_settings(const struct settings *settings, struct arena *arena,
                  struct http_settings *http, struct error *err)
{
    *http = (struct http_settings){
        .address = settings->http,
        .tokens = getenv(MCP_TOKEN_VARIABLE),
        .certificate = settings->tls_cert,
        .key = settings->tls_key,
        .hosts = settings->allow_hosts,
        .per_second = (int)settings->rate_limit,
    };
    return settings->token_file == NULL ||
           read_tokens(settings->token_file, arena, &http->tokens, err);
}
