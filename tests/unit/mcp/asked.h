/* asked.h — a server asked by raw messages, for tests: what it sends is written down. */
#ifndef TESTS_SERVE_ASKED_H
#define TESTS_SERVE_ASKED_H

#include "base/text.h"
#include "mcp/server.h"

struct asked {
    struct mcp_server server;
    struct mcp_peer peer;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct text sent; /* a line each: notifications and answers, as they came */
    int answers;      /* also those that were given up */
    enum rpc_code code;
};

void asked_start(struct asked *asked, const struct mcp_service *service);
void asked_stop(struct asked *asked);

/* Hands one message over, without waiting. False: it is no request; `fault` says why if it is no
 * message either. */
bool asked_put(struct asked *asked, const char *message, struct rpc_fault *fault);

/* Hands a request over and waits for its answer: all lines that were sent since the last call.
 * Borrowed until the next. */
const char *asked_ask(struct asked *asked, const char *message);

/* Waits until so many answers have come in all. */
void asked_wait(struct asked *asked, int answers);

/* What the fake service does; every field is guarded by its tests. */
extern const struct mcp_service fake_service;

/* A modern request: method, and params without _meta ("" or "\"name\":...,"). Not thread-safe. */
const char *modern(int id, const char *method, const char *params);

#endif
