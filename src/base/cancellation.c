/* cancellation.c — see cancellation.h. */
#include "base/cancellation.h"

void
cancellation_init(struct cancellation *cancellation)
{
    *cancellation = (struct cancellation){.fired = false};
    pthread_mutex_init(&cancellation->lock, NULL);
}

void
cancellation_free(struct cancellation *cancellation)
{
    cancellation_disarm(cancellation);
    pthread_mutex_destroy(&cancellation->lock);
}

static void
let_go(const struct cancellation_target *target)
{
    if (target->handle != NULL && target->release != NULL) {
        target->release(target->handle);
    }
}

bool
cancellation_arm(struct cancellation *cancellation, const struct cancellation_target *target)
{
    pthread_mutex_lock(&cancellation->lock);
    bool free_to_begin = !cancellation->fired;
    let_go(free_to_begin ? &cancellation->target : target);
    if (free_to_begin) {
        cancellation->target = *target;
    }
    pthread_mutex_unlock(&cancellation->lock);
    return free_to_begin;
}

void
cancellation_disarm(struct cancellation *cancellation)
{
    pthread_mutex_lock(&cancellation->lock);
    let_go(&cancellation->target);
    cancellation->target = (struct cancellation_target){.handle = NULL};
    pthread_mutex_unlock(&cancellation->lock);
}

void
cancellation_fire(struct cancellation *cancellation)
{
    pthread_mutex_lock(&cancellation->lock);
    cancellation->fired = true;
    if (cancellation->target.handle != NULL) {
        cancellation->target.interrupt(cancellation->target.handle);
    }
    pthread_mutex_unlock(&cancellation->lock);
}

bool
cancellation_fired(struct cancellation *cancellation)
{
    pthread_mutex_lock(&cancellation->lock);
    bool fired = cancellation->fired;
    pthread_mutex_unlock(&cancellation->lock);
    return fired;
}
