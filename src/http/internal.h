/* internal.h — what the files of the HTTP server share. */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "base/text.h"
#include "http/modern.h"
#include "http/names.h"
#include "http/outbox.h"
#include "http/rate_limit.h"
#include "http/server.h"
#include "http/session.h"
#include "http/token.h"

#include <microhttpd.h>

enum {
    HTTP_CONNECTIONS_MAX = 256,
    HTTP_RECEIVE_MS = 30000, /* for a whole request; also how long a connection may idle */
    HTTP_SEND_MS = 60000,    /* for an answer, or for one piece of a stream */
    HTTP_QUIET_MS = 5000,    /* then an answer that may be a stream becomes one */
    HTTP_KEEP_ALIVE_MS = 15000,
};

/* What a connection does; the watch cuts off whoever takes too long at it. */
enum http_phase { HTTP_RECEIVING, HTTP_WORKING, HTTP_SENDING };

struct http_connection {
    int socket;
    enum http_phase phase;
    int64_t since_ms;
    struct http_connection *next;
};

struct http {
    struct mcp_server *server;
    const struct http_settings *settings;
    struct token_set tokens;
    struct rate_limit rate;
    struct session_table sessions;
    struct MHD_Daemon *daemon;
    char own_name[HTTP_HOST_SIZE]; /* that we listen by, also good in Host; "": every address */
    char *certificate;             /* file contents; NULL: no TLS */
    char *key;
    atomic_bool stopping;

    pthread_mutex_t lock; /* guards what follows */
    struct http_connection *connections;
    int taking; /* threads that hand a request to the server just now */
};

/* One request, from its first header to its last byte. */
struct http_request {
    struct text body;
    size_t token;     /* which one it came with */
    bool too_large;   /* what comes is thrown away */
    unsigned refused; /* HTTP status; 0: not */
    struct rpc_fault fault;
    int wait_s; /* 429: when to try again */
};

/* NULL: it was not sent. */
static inline const char *
http_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* The connection as the watch knows it. */
struct http_connection *http_connection_of(struct MHD_Connection *connection);
void http_connection_enter(struct http *http, struct MHD_Connection *connection,
                           enum http_phase phase);

/* MHD's word of a new connection, or of one that is over. context: struct http. */
void http_connection_changed(void *context, struct MHD_Connection *connection,
                             void **socket_context, enum MHD_ConnectionNotificationCode what);

/* Cuts off whoever is too slow; `all`: also whoever is between requests. */
void http_connections_cut_off(struct http *http, bool all);

/* Is any request on its way, in or out? */
bool http_connections_busy(struct http *http);

/* Before the body is read: may this be asked at all? Fills request->refused and ->fault. */
void http_gate(struct http *http, struct MHD_Connection *connection, const char *path,
               const char *verb, struct http_request *request);

/* Queues an error without an id, with what its status asks for in headers. */
enum MHD_Result http_refuse(struct http *http, struct MHD_Connection *connection,
                            struct http_request *request);

/* Answers a POST whose body is complete, and a DELETE. */
enum MHD_Result http_post(struct http *http, struct MHD_Connection *connection,
                          struct http_request *request);
enum MHD_Result http_delete(struct http *http, struct MHD_Connection *connection,
                            const struct http_request *request);

/* Sends `message` (taken over; NULL: an empty body) with a status. session: for Mcp-Session-Id;
 * NULL: none. */
enum MHD_Result http_send(struct http *http, struct MHD_Connection *connection, unsigned status,
                          char *message, const char *session);

/* The status that goes with an answer. */
unsigned http_status_of(enum rpc_code code, enum mcp_era era);

/* Waits for the exchange's answer and sends it, as JSON or as a stream of events. Takes the
 * caller's holds of exchange, outbox and session over. */
enum MHD_Result http_reply(struct http *http, struct MHD_Connection *connection,
                           struct mcp_exchange *exchange, struct http_outbox *outbox,
                           struct session *session);

#endif
