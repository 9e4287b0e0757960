/* session.h — legacy clients over HTTP: each has a session from initialize to DELETE. */
#ifndef HTTP_SESSION_H
#define HTTP_SESSION_H

#include "base/error.h"
#include "mcp/exchange.h"

enum {
    SESSION_ID_SIZE = 33,            /* 32 hexadecimal digits: 128 random bits; and the NUL */
    SESSIONS_MAX = 128,              /* the longest unused one makes place */
    SESSION_IDLE_MS = 30 * 60 * 1000 /* then it is forgotten */
};

struct session {
    struct mcp_peer peer;
    char id[SESSION_ID_SIZE];
    size_t owner;    /* which token opened it; another one does not see it */
    int64_t used_ms; /* when it was last used */
    int holders;     /* requests that use it now */
    bool closed;
    struct session *next;
};

struct session_table {
    pthread_mutex_t lock;
    struct session *first;
    size_t count;
};

void sessions_init(struct session_table *sessions);
/* Nobody holds one any more. */
void sessions_free(struct session_table *sessions);

/* A new one, held. NULL: all SESSIONS_MAX are in use at this moment, or there is no randomness. */
struct session *session_open(struct session_table *sessions, size_t owner, int64_t now_ms);

/* Held, and used now. NULL: there is none of that id that this owner may use. */
struct session *session_find(struct session_table *sessions, const char *id, size_t owner,
                             int64_t now_ms);
/* NULL is fine. */
void session_release(struct session_table *sessions, struct session *session);

/* It is not found any more. The caller still holds it. */
void session_close(struct session_table *sessions, struct session *session);

#endif
