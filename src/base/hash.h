/* hash.h — XXH3, inlined: libxxhash's symbols would collide with the copies
 * that other PostgreSQL libraries export. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#endif
