/* inet.h — network addresses: 4 or 6, the bits of the mask, the address. */
#ifndef CANONICAL_INET_H
#define CANONICAL_INET_H

#include "base/text.h"

#include <stdint.h>

/* An IPv4 or IPv6 address with /n or without; for a network nothing may stand behind
 * the mask. False: it is none, and what was added is void. */
MUST_USE bool canonical_inet_read(struct text *out, const uint8_t *bytes, size_t size,
                                  bool network);

/* From inet_send or cidr_send. False: malformed. */
MUST_USE bool canonical_inet_from_field(struct text *out, const uint8_t *bytes, size_t size);

/* For people: 10.0.0.0/8, in full groups for IPv6. */
void canonical_inet_print(struct text *out, const uint8_t *form, size_t size);

#endif
