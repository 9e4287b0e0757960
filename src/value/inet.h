/* inet.h — network addresses as PostgreSQL's inet and cidr hold them. */
#ifndef VALUE_INET_H
#define VALUE_INET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INET_SIZE_4 = 4, INET_SIZE_6 = 16, INET_TEXT_SIZE = 56 };

struct inet {
    uint8_t address[INET_SIZE_6];
    size_t size; /* 4 or 16 */
    unsigned bits;
    bool masked; /* "/n" was written */
};

/* a.b.c.d (no superfluous zeros) or an IPv6 address, and /n or nothing. */
bool inet_parse(const uint8_t *bytes, size_t size, struct inet *inet);

/* No bit behind the mask is set: cidr holds it. */
bool inet_is_network(const struct inet *inet);

/* As PostgreSQL prints it; "/n" when it is `masked` or shorter than the address.
 * Returns the length. */
size_t inet_print(const struct inet *inet, char text[INET_TEXT_SIZE]);

#endif
