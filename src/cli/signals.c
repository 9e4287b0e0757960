/* signals.c — see signals.h. */
#include "cli/signals.h"

#include "base/stop.h"
#include "command/command.h"

#include <signal.h>
#include <unistd.h>

static void
leave(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_INTERRUPTED);
}

static void
install(int signal_number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

/* Of signals that come at once the last is handled first: a SIGTERM that is seen before it does not
 * make the first SIGINT the second. */
static void
stop(int signal_number)
{
    if (signal_number == SIGINT) {
        install(SIGINT, leave);
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
    install(SIGINT, stop);
    install(SIGTERM, stop);
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        install(SIGHUP, stop); /* nohup keeps its promise */
    }
    install(SIGPIPE, ignore);
}
