/* rate_limit.h — how many requests a client of the HTTP server may send: one bucket a client,
 * which fills steadily and from which each request takes one. */
#ifndef HTTP_RATE_LIMIT_H
#define HTTP_RATE_LIMIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RATE_CLIENTS_MAX = 1024, RATE_CLIENT_SIZE = 64, RATE_BURST_SECONDS = 5 };

struct rate_bucket {
    char client[RATE_CLIENT_SIZE]; /* "": free */
    double left;
    int64_t reckoned_ms;
};

struct rate_limit {
    pthread_mutex_t lock;
    int per_second; /* 0: no limit */
    struct rate_bucket buckets[RATE_CLIENTS_MAX];
};

void rate_limit_init(struct rate_limit *limit, int per_second);
void rate_limit_free(struct rate_limit *limit);

/* client: its address or its token's number. False: too many, *wait_s is when to try again. */
bool rate_limit_take(struct rate_limit *limit, const char *client, int64_t now_ms, int *wait_s);

#endif
