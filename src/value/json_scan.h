/* json_scan.h — is it JSON, and what would become of it in PostgreSQL? */
#ifndef VALUE_JSON_SCAN_H
#define VALUE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_DEPTH_MAX = 1000,       /* PostgreSQL's own limit is its stack: far above this */
    JSON_KEYS_MAX = 1 << 18,     /* keys of one object and the objects around it that are looked
                                  at for duplicates; 4 MB */
    JSONB_SIZE_MAX = 0x0FFFFFFF, /* of a string, and of a container with all in it */
};

/* Why jsonb would refuse or change the text, though it is JSON. */
enum json_trouble {
    JSON_NUL_ESCAPE = 1 << 0,     /* \u0000 */
    JSON_LONE_SURROGATE = 1 << 1, /* \ud800 without its other half */
    JSON_DUPLICATE_KEY = 1 << 2,  /* twice in one object: jsonb keeps the last */
    JSON_TOO_MANY_KEYS = 1 << 3,  /* more than JSON_KEYS_MAX: duplicates were not looked for */
    JSON_NUMBER_RANGE = 1 << 4,   /* beyond numeric's */
    JSON_TOO_LARGE = 1 << 5,      /* may exceed JSONB_SIZE_MAX */
};

struct json_facts {
    bool container;    /* an object or an array at the top */
    unsigned depth;    /* of nesting; 0 for a scalar */
    unsigned troubles; /* bits of enum json_trouble */
    size_t error_at;   /* meaningful when the scan fails */
    const char *error; /* then what is wrong there; static */
};

/* True when PostgreSQL's json type accepts the text (RFC 8259, and at most
 * JSON_DEPTH_MAX levels). `bytes` is valid UTF-8. One pass, linear time but for
 * sorting the keys of large objects; no memory but for those. */
bool json_scan(const uint8_t *bytes, size_t size, struct json_facts *facts);

/* The first trouble in words: "holds \u0000"; static. */
const char *json_trouble_text(unsigned troubles);

#endif
