/* rate_limit.c — see rate_limit.h. */
#include "http/rate_limit.h"

#include <stdio.h>
#include <string.h>

void
rate_limit_init(struct rate_limit *limit, int per_second)
{
    memset(limit, 0, sizeof *limit);
    limit->per_second = per_second;
    pthread_mutex_init(&limit->lock, NULL);
}

void
rate_limit_free(struct rate_limit *limit)
{
    pthread_mutex_destroy(&limit->lock);
}

/* The client's own, else a free one, else that of whoever was away the longest. */
static struct rate_bucket *
find_bucket(struct rate_limit *limit, const char *client)
{
    struct rate_bucket *best = &limit->buckets[0];
    for (size_t i = 0; i < RATE_CLIENTS_MAX; i++) {
        struct rate_bucket *one = &limit->buckets[i];
        if (strncmp(one->client, client, RATE_CLIENT_SIZE - 1) == 0) {
            return one;
        }
        if (one->client[0] == '\0') {
            return one; /* they are filled in order */
        }
        if (one->reckoned_ms < best->reckoned_ms) {
            best = one;
        }
    }
    best->client[0] = '\0';
    return best;
}

bool
rate_limit_take(struct rate_limit *limit, const char *client, int64_t now_ms, int *wait_s)
{
    if (limit->per_second == 0) {
        return true;
    }
    double full = (double)limit->per_second * RATE_BURST_SECONDS;
    pthread_mutex_lock(&limit->lock);
    struct rate_bucket *bucket = find_bucket(limit, client);
    if (bucket->client[0] == '\0') {
        snprintf(bucket->client, sizeof bucket->client, "%s", client);
        bucket->left = full;
    } else {
        bucket->left += (double)(now_ms - bucket->reckoned_ms) * limit->per_second / 1000.0;
        bucket->left = bucket->left > full ? full : bucket->left;
    }
    bucket->reckoned_ms = now_ms;
    bool taken = bucket->left >= 1;
    bucket->left -= taken ? 1 : 0;
    pthread_mutex_unlock(&limit->lock);
    *wait_s = taken ? 0 : 1 + 1 / limit->per_second;
    return taken;
}
