/* fixture_server.c — an MCP server that offers what the conformance suites ask for, through the
 * very protocol code of `outgrow mcp`. Never installed.
 *
 * usage: fixture_server http HOST:PORT | stdio */
#include "base/stop.h"
#include "fixtures.h"
#include "http/server.h"
#include "mcp/over_stdio.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
on_signal(int signal_number)
{
    (void)signal_number;
    stop_request();
}

static void
say_url(void *context, const char *url)
{
    (void)context;
    printf("%s\n", url);
    fflush(stdout);
}

static int
complain(const struct error *err)
{
    fprintf(stderr, "fixture_server: %s\n", err->message);
    return 1;
}

int
main(int argc, char **argv)
{
    static struct mcp_server server;
    struct error err;
    bool hung = false;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    if (argc < 2 || !mcp_server_start(&server, fixtures_service(&server), 8, &err)) {
        return 2;
    }
    bool ok = true;
    if (strcmp(argv[1], "http") == 0 && argc == 3) {
        struct http_settings settings = {.address = argv[2]};
        ok = http_serve(&server, &settings, say_url, NULL, &hung, &err);
    } else {
        ok = mcp_stdio_serve(&server, STDIN_FILENO, STDOUT_FILENO, &hung, &err);
    }
    return ok ? 0 : complain(&err);
}
