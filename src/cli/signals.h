/* signals.h — Ctrl-C: once to stop cleanly, twice to leave at once. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/* SIGINT, SIGTERM and SIGHUP call stop_request(); the second SIGINT ends the
 * process with 130 (the journal makes that safe). SIGPIPE does nothing: a closed
 * pipe shows up as a failed write. */
void signals_install(void);

#endif
