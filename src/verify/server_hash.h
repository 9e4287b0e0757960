/* server_hash.h — PostgreSQL's extended hash functions of numbers, as its hash indexes and
 * hash partitions have used them since version 11: Bob Jenkins' lookup3 with a seed. */
#ifndef VERIFY_SERVER_HASH_H
#define VERIFY_SERVER_HASH_H

#include <stdint.h>

/* hashint8extended: folds a number into 32 bits first, so that several numbers share a hash. */
uint64_t server_hash_int8(int64_t number, uint64_t seed);

/* hashfloat8extended: of either zero the seed itself. */
uint64_t server_hash_float8(double number, uint64_t seed);

#endif
