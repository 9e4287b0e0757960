/* names.c — see names.h. */
#include "http/names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Splits at the colon before the port. False: not of that form. */
static bool
split(const char *text, char host[HTTP_HOST_SIZE], const char **port)
{
    const char *begin = text;
    const char *end;
    if (text[0] == '[') {
        begin = text + 1;
        end = strchr(begin, ']');
        *port = end == NULL ? NULL : end + 1;
    } else {
        end = begin + strcspn(begin, ":");
        *port = end;
    }
    if (end == NULL || end == begin || (size_t)(end - begin) >= HTTP_HOST_SIZE) {
        return false;
    }
    snprintf(host, HTTP_HOST_SIZE, "%.*s", (int)(end - begin), begin);
    if (**port == ':') {
        (*port)++;
        return **port != '\0' && strspn(*port, "0123456789") == strlen(*port);
    }
    return **port == '\0';
}

static void
judge(struct http_address *address)
{
    const char *bytes = (const char *)&address->socket_address;
    if (address->socket_address.ss_family == AF_INET) {
        struct in_addr ipv4;
        memcpy(&ipv4, bytes + offsetof(struct sockaddr_in, sin_addr), sizeof ipv4);
        address->is_loopback = ntohl(ipv4.s_addr) >> 24 == 127;
        address->is_wildcard = ipv4.s_addr == htonl(INADDR_ANY);
        return;
    }
    struct in6_addr ipv6;
    memcpy(&ipv6, bytes + offsetof(struct sockaddr_in6, sin6_addr), sizeof ipv6);
    address->is_ipv6 = true;
    address->is_loopback = IN6_IS_ADDR_LOOPBACK(&ipv6);
    address->is_wildcard = IN6_IS_ADDR_UNSPECIFIED(&ipv6);
}

static bool
not_an_address(const char *text, struct error *err)
{
    error_set(err, ERROR_USAGE, "\"%s\" is not an address to listen on", text);
    return error_hint(err, "HOST:PORT, for example 127.0.0.1:8765");
}

bool
http_address_parse(const char *text, struct http_address *address, struct error *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const char *port = text;
    *address = (struct http_address){.host = "127.0.0.1"};
    bool only_port = text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
    if (!only_port && (!split(text, address->host, &port) || *port == '\0')) {
        return not_an_address(text, err);
    }
    if (strlen(port) > 5 || (strlen(port) == 5 && strcmp(port, "65535") > 0)) {
        return not_an_address(text, err);
    }
    int failed = getaddrinfo(address->host, port, &hints, &found);
    if (failed != 0) {
        return error_set(err, ERROR_USAGE, "address \"%s\": %s", address->host,
                         gai_strerror(failed));
    }
    memcpy(&address->socket_address, found->ai_addr, found->ai_addrlen);
    address->size = found->ai_addrlen;
    freeaddrinfo(found);
    judge(address);
    return true;
}

static bool
is_allowed(const char *host, const char *allowed)
{
    size_t length = strlen(host);
    for (const char *word = allowed; word != NULL && *word != '\0';) {
        word += strspn(word, ", ");
        size_t size = strcspn(word, ", ");
        if (size == length && size > 0 && strncasecmp(word, host, size) == 0) {
            return true;
        }
        word += size;
    }
    return false;
}

bool
http_host_is_ours(const char *header, const char *allowed)
{
    static const char local[] = "localhost,127.0.0.1,::1";
    char host[HTTP_HOST_SIZE];
    const char *port;
    return header != NULL && split(header, host, &port) &&
           (is_allowed(host, local) || is_allowed(host, allowed));
}

bool
http_origin_is_ours(const char *header, const char *allowed)
{
    if (header == NULL) {
        return true;
    }
    if (strncasecmp(header, "http://", 7) == 0) {
        return http_host_is_ours(header + 7, allowed);
    }
    return strncasecmp(header, "https://", 8) == 0 && http_host_is_ours(header + 8, allowed);
}
