/* signals.c — see signals.h. */
#include "cli/signals.h"

#include "base/stop.h"
#include "command/command.h"

#include <signal.h>
#include <unistd.h>

static void
stop(int signal_number)
{
    if (signal_number == SIGINT && stop_requested()) {
        _exit(EXIT_INTERRUPTED);
    }
    stop_request();
}

/* Unlike SIG_IGN, a handler is gone after exec: psql gets SIGPIPE back. */
static void
ignore(int signal_number)
{
    (void)signal_number;
}

void
signals_install(void)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        sigaction(SIGHUP, &action, NULL); /* nohup keeps its promise */
    }
    action.sa_handler = ignore;
    sigaction(SIGPIPE, &action, NULL);
}
