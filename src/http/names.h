/* names.h — addresses and names of the HTTP server: where to listen, and which Host and
 * Origin a request may carry, so that a page in a browser cannot reach us under a name of its
 * own. */
#ifndef HTTP_NAMES_H
#define HTTP_NAMES_H

#include "base/error.h"

#include <sys/socket.h>

enum { HTTP_HOST_SIZE = 256 };

struct http_address {
    char host[HTTP_HOST_SIZE]; /* without brackets */
    bool is_ipv6;              /* its URL needs brackets */
    bool is_loopback;          /* only this machine reaches it */
    bool is_wildcard;          /* every address of this machine */
    struct sockaddr_storage socket_address;
    socklen_t size;
};

/* "HOST:PORT", "[::1]:PORT" or "PORT", which means 127.0.0.1; port 0 lets the system choose.
 * ERROR_USAGE. */
MUST_USE bool http_address_parse(const char *text, struct http_address *address,
                                 struct error *err);

/* Is `header`, as "name", "name:port" or "[v6]:port", this machine's own name or one of those
 * allowed? allowed: between commas; NULL: none. header: NULL is no. */
bool http_host_is_ours(const char *header, const char *allowed);

/* The same of an Origin, "http://name:port"; NULL, none was sent, is fine. */
bool http_origin_is_ours(const char *header, const char *allowed);

#endif
