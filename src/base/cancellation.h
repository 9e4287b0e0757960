/* cancellation.h — one call's way to be given up from another thread.
 *
 * The thread that works arms it with what can be interrupted while it waits, the thread that
 * hears of the client's change of mind fires it; in any order, without a race. */
#ifndef BASE_CANCELLATION_H
#define BASE_CANCELLATION_H

#include <pthread.h>
#include <stdbool.h>

/* What interrupts `handle` from any thread, and what lets go of it (NULL: it is borrowed). */
struct cancellation_target {
    void *handle; /* NULL: not armed */
    void (*interrupt)(void *handle);
    void (*release)(void *handle);
};

struct cancellation {
    pthread_mutex_t lock;
    bool fired;
    struct cancellation_target target; /* armed; let go of when disarmed */
};

void cancellation_init(struct cancellation *cancellation);
void cancellation_free(struct cancellation *cancellation);

/* Takes the target over, whatever it returns; what was armed before is let go of. False: it was
 * fired before; do not begin. */
bool cancellation_arm(struct cancellation *cancellation,
                      const struct cancellation_target *target);
void cancellation_disarm(struct cancellation *cancellation);

/* Interrupts what is armed, and all that would be armed later. */
void cancellation_fire(struct cancellation *cancellation);
bool cancellation_fired(struct cancellation *cancellation);

#endif
