/* own_server.h — a private server in a temporary directory, for one test program. */
#ifndef TESTS_OWN_SERVER_H
#define TESTS_OWN_SERVER_H

#include "postgres/private_server.h"
#include "postgres/target.h"

/* Of the server that own_server_start started. */
extern struct private_server own_server;

/* cmocka group fixtures: start it in a new XDG_DATA_HOME; stop it and remove that. */
int own_server_start(void **state);
int own_server_stop(void **state);

/* A connection to its database; the test fails when there is none. */
PGconn *own_server_connect(void);

/* The first column of the first row, as text; "NULL" for NULL. Lives as long as `arena`. */
const char *own_server_ask(struct arena *arena, PGconn *conn, const char *sql);

/* Runs SQL that must succeed. */
void own_server_do(PGconn *conn, const char *sql);

#endif
