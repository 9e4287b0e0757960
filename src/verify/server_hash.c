/* server_hash.c — see server_hash.h. lookup3 is in the public domain. */
#include "verify/server_hash.h"

#include <string.h>

struct state {
    uint32_t a, b, c;
};

static inline uint32_t
rotated(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

static inline struct state
mixed(struct state s)
{
    s.a = (s.a - s.c) ^ rotated(s.c, 4);
    s.c += s.b;
    s.b = (s.b - s.a) ^ rotated(s.a, 6);
    s.a += s.c;
    s.c = (s.c - s.b) ^ rotated(s.b, 8);
    s.b += s.a;
    s.a = (s.a - s.c) ^ rotated(s.c, 16);
    s.c += s.b;
    s.b = (s.b - s.a) ^ rotated(s.a, 19);
    s.a += s.c;
    s.c = (s.c - s.b) ^ rotated(s.b, 4);
    s.b += s.a;
    return s;
}

static inline uint64_t
finished(struct state s)
{
    s.c = (s.c ^ s.b) - rotated(s.b, 14);
    s.a = (s.a ^ s.c) - rotated(s.c, 11);
    s.b = (s.b ^ s.a) - rotated(s.a, 25);
    s.c = (s.c ^ s.b) - rotated(s.b, 16);
    s.a = (s.a ^ s.c) - rotated(s.c, 4);
    s.b = (s.b ^ s.a) - rotated(s.a, 14);
    s.c = (s.c ^ s.b) - rotated(s.b, 24);
    return (uint64_t)s.b << 32 | s.c;
}

static inline struct state
begun(uint32_t size, uint64_t seed)
{
    uint32_t first = UINT32_C(0x9e3779b9) + size + 3923095;
    struct state s = {first, first, first};
    if (seed != 0) {
        s.a += (uint32_t)(seed >> 32);
        s.b += (uint32_t)seed;
        s = mixed(s);
    }
    return s;
}

uint64_t
server_hash_int8(int64_t number, uint64_t seed)
{
    uint32_t low = (uint32_t)number;
    uint32_t high = (uint32_t)((uint64_t)number >> 32);
    struct state s = begun(sizeof low, seed);
    s.a += low ^ (number >= 0 ? high : ~high);
    return finished(s);
}

uint64_t
server_hash_float8(double number, uint64_t seed)
{
    uint32_t halves[2]; /* as they lie in memory: so does the server */
    if (number == 0) {
        return seed;
    }
    memcpy(halves, &number, sizeof halves);
    struct state s = begun(sizeof number, seed);
    s.a += halves[0];
    s.b += halves[1];
    return finished(s);
}
