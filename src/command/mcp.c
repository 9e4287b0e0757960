/* mcp.c — the command `outgrow mcp`: the database for agents, over stdio or HTTP. */
#include "command/commands.h"
#include "command/mcp_settings.h"
#include "live/mcp_verify.h"
#include "mcp/over_stdio.h"
#include "outgrow_config.h"
#include "page/result.h"
#include "serve/offer.h"

#include <fcntl.h>
#include <unistd.h>

enum { WORKERS = 16 };

static void
say_url(void *context, const char *url)
{
    note(context, "serving MCP at %s", url);
}

/* Standard output is for messages alone: whatever else would write there writes to stderr. */
static bool
serve_stdio(struct mcp_server *server, bool *hung, struct error *err)
{
    fflush(stdout);
    int messages = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (messages < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        *hung = !mcp_server_stop(server, 0);
        return error_set(err, ERROR_SYSTEM, "take standard output");
    }
    bool ok = mcp_stdio_serve(server, STDIN_FILENO, messages, hung, err);
    if (!*hung) {
        close(messages);
    }
    return ok;
}

static bool
serve_offer(const struct settings *settings, const struct output *output,
            const struct http_settings *http, struct mcp_offer *offer, bool *hung,
            struct error *err)
{
    struct mcp_server server;
    if (!mcp_server_start(&server, &offer->service, WORKERS, err)) {
        return false;
    }
    if (settings->http == NULL) {
        return serve_stdio(&server, hung, err);
    }
    struct output words = *output;
    return http_serve(&server, http, say_url, &words, hung, err);
}

static bool
serve(const struct settings *settings, const struct output *output, struct arena *arena,
      struct error *err)
{
    struct tool_settings tools;
    struct http_settings http = {.address = NULL};
    struct tool_host *host = NULL;
    struct mcp_offer offer = {.host = NULL};
    struct mcp_verifier verifier = {.busy = false};
    bool hung = false;
    if (settings->http != NULL && !mcp_http_settings(settings, arena, &http, err)) {
        return false;
    }
    if (!mcp_tool_settings(settings, output, arena, &tools, err)) {
        return false;
    }
    tools.verify_table = mcp_verify_table;
    tools.verify_context = &verifier;
    if (!tool_host_open(&tools, &host, err)) {
        return false;
    }
    bool ok = mcp_offer_open(&offer, host, OUTGROW_VERSION, STDERR_FILENO, err) &&
              serve_offer(settings, output, &http, &offer, &hung, err);
    if (hung) {
        fflush(NULL);
        _exit(EXIT_DONE); /* a tool does not come back: what it uses cannot be closed */
    }
    mcp_offer_close(&offer);
    tool_host_close(host);
    return ok;
}

bool
command_mcp(const struct settings *settings, const struct output *output, enum exit_code *code,
            struct error *err)
{
    AUTO_ARENA arena = {0};
    *code = EXIT_DONE;
    if (settings->print_config) {
        return mcp_print_config(settings, output, err);
    }
    if (settings->print_roles) {
        fputs(tool_host_roles_sql(&arena, settings->schema), output->out);
        return true;
    }
    return serve(settings, output, &arena, err);
}
