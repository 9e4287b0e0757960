/* outbox.h — what one request is to be sent, between the threads that make it and the
 * connection's thread that sends it. */
#ifndef HTTP_OUTBOX_H
#define HTTP_OUTBOX_H

#include "mcp/exchange.h"

enum { OUTBOX_MAX = 1024 }; /* notifications that wait; more are dropped */

enum outbox_event {
    OUTBOX_MESSAGE,  /* a notification */
    OUTBOX_ANSWERED, /* the answer, or that there is none; nothing follows */
    OUTBOX_GONE,     /* the client has closed the connection */
    OUTBOX_QUIET,    /* nothing for so long */
};

struct http_outbox;

/* NULL: the system has no descriptor left. Held twice: by the connection, and by the exchange
 * until it is answered. */
struct http_outbox *http_outbox_new(bool wants_notifications);
/* The connection, or on behalf of an exchange that will not be answered. */
void http_outbox_release(struct http_outbox *outbox);

/* An exchange's way into it. */
struct mcp_way http_outbox_way(struct http_outbox *outbox);

/* Waits for what comes next. *text: of a message or an answer, to be freed; NULL: none, the
 * request was given up. *code: of the answer. socket: watched for the client's going; -1: not.
 * timeout_ms: -1 waits for ever. */
enum outbox_event http_outbox_wait(struct http_outbox *outbox, int socket, int timeout_ms,
                                   char **text, enum rpc_code *code);

#endif
