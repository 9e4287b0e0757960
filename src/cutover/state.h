/* state.h — who may write: the table of every state of a live move and of every step between.
 *
 * What a crash leaves behind is two facts, each durable on its own side: the row's state in
 * outgrow.live, and whether SQLite's fence is up. Together they are the stance. Every step is one
 * commit on one side, so a kill finds the move in the stance before it or in the one behind it,
 * never in between. The target's fence is no third fact: it goes up and down in the transaction
 * that writes the row's state.
 *
 * A step that opens a side is taken by a process that holds both the row's lock (live_lock) and
 * SQLite's write lock, has seen the stance under both, and keeps SQLite's until its commit. A
 * process whose connection broke unnoticed cannot open one side, then, while another opens the
 * other: they would need SQLite's lock at the same time. */
#ifndef CUTOVER_STATE_H
#define CUTOVER_STATE_H

#include "base/text.h"
#include "postgres/live.h"

enum stance {
    STANCE_LOADING,   /* row loading, fence down */
    STANCE_SYNCING,   /* row syncing, fence down */
    STANCE_PAUSED,    /* row paused, fence down */
    STANCE_FENCED,    /* row paused or fenced, fence up */
    STANCE_SWITCHED,  /* row switched, fence up */
    STANCE_RETURNING, /* row returning, fence up */
    STANCE_RETURNED,  /* row returning, fence down */
    STANCE_FINISHED,  /* row finished, fence up */
    STANCE_ENDED,     /* no row, fence down: given up before any switch */
    STANCE_TORN,      /* anything else: no step leads here, somebody's hand does */
    STANCE_COUNT
};

/* Of one side, as the application finds it. */
enum side_access {
    ACCESS_FENCED,   /* refused, with words that say where to go */
    ACCESS_WRITABLE, /* taken */
    ACCESS_WAITS,    /* taken, once the tool's lock is gone: with the process, at the latest */
};

struct stance_entry {
    enum stance stance;
    const char *name;
    enum live_state row;     /* as the steps write it; LIVE_STATE_COUNT: there is no row */
    bool source_fenced;      /* the evidence in SQLite */
    enum side_access source; /* the application's writes there */
    enum side_access target;
    const char *meaning;  /* one line */
    const char *recovery; /* what is done when a process finds it like this */
    const char *ways;     /* what somebody can do who wanted a step that is not possible here */
};

enum cutover_event {
    EVENT_LOADED,       /* the initial copy is proven */
    EVENT_PAUSE,        /* the last changes are in the target, SQLite's lock is held */
    EVENT_UNPAUSE,      /* over budget, or the process died: the pause is given up */
    EVENT_FENCE,        /* SQLite refuses the application from now on */
    EVENT_OPEN,         /* PostgreSQL takes its writes */
    EVENT_UNFENCE,      /* --abort between fence and opening */
    EVENT_CLOSE,        /* return: PostgreSQL refuses, the last changes are in SQLite */
    EVENT_REOPEN,       /* return --abort before SQLite is open */
    EVENT_LOWER,        /* return: SQLite takes writes again */
    EVENT_RESUME,       /* return: rounds forward go on */
    EVENT_FINISH,       /* no way back from here */
    EVENT_GIVE_UP_SYNC, /* the move ends before any switch */
    EVENT_GIVE_UP_LOADING,
    EVENT_COUNT
};

enum cutover_side { SIDE_SOURCE, SIDE_TARGET };

/* One step: one commit on one side. */
struct transition {
    enum cutover_event event;
    const char *name;
    enum stance from;
    enum stance to;
    enum cutover_side commits; /* the side whose commit it is; the other one stays as it is */
    bool alone;                /* whoever finds `from` may do it unasked */
    const char *durable;       /* what must be on disk before */
    const char *crash;         /* what a kill around the commit leaves */
};

extern const struct stance_entry stance_table[STANCE_COUNT];
extern const struct transition transition_table[EVENT_COUNT];

/* From what both sides say. row: LIVE_STATE_COUNT when there is none. */
enum stance stance_of(enum live_state row, bool source_fenced);

/* True when `event` may happen in `stance`; else ERROR_USAGE that says what this stance is, and
 * which ways lead on. */
MUST_USE bool stance_allows(enum stance stance, enum cutover_event event, struct error *err);

/* docs/states.md: both tables, and a picture of them. */
void states_markdown(struct text *out);

#endif
