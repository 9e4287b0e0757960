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

/* What the parent made us ignore (nohup, a script's background job) stays ignored. */
static void
install_unless_ignored(int signal_number, const struct sigaction *action)
{
    struct sigaction before;
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        sigaction(signal_number, action, NULL);
    }
}

void
signals_install(void)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    install_unless_ignored(SIGINT, &action);
    install_unless_ignored(SIGTERM, &action);
    install_unless_ignored(SIGHUP, &action);
    action.sa_handler = ignore;
    sigaction(SIGPIPE, &action, NULL);
}
