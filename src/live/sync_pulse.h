/* sync_pulse.h — what a process that syncs says of itself: to the target, for `outgrow status`,
 * to people on stderr, and to systemd. */
#ifndef LIVE_SYNC_PULSE_H
#define LIVE_SYNC_PULSE_H

#include "settings/settings.h"
#include "sync/link.h"

enum { PULSE_ROUNDS = 256 };

struct sync_pulse {
    const struct output *output;
    struct sync_link *link;
    const char *name; /* of the source, for people */
    struct live_pulse values;
    int64_t round_us[PULSE_ROUNDS]; /* a ring of the last ones that had something to do */
    size_t round_count;
    int64_t keys; /* since the last line */
    int64_t beat_us;
    int64_t line_us;
    int64_t status_us; /* when systemd was told; 0: it is to be told at once */
    enum live_state said_state;
    char reason[256]; /* as in the target; "" none */
    bool reason_known;
};

void pulse_start(struct sync_pulse *pulse, const struct output *output, struct sync_link *link,
                 const char *name);

/* A round that had something to do. */
void pulse_round(struct sync_pulse *pulse, const struct live_round *figures, int64_t round_us);

/* Why it waits; NULL: it does not, and where it did that is said. Written only when that changes. */
MUST_USE bool pulse_reason(struct sync_pulse *pulse, const char *reason, struct error *err);

/* To be called often: once a second it tells the target, now and then it prints a line. */
MUST_USE bool pulse_beat(struct sync_pulse *pulse, struct error *err);

/* Something failed and is tried again. */
void pulse_trouble(struct sync_pulse *pulse, const struct error *err);

/* The last word. err: why it ends; NULL: as told, and what remains to be said is `reason`; NULL:
 * nothing. */
void pulse_stop(struct sync_pulse *pulse, const char *reason, const struct error *err);

#endif
