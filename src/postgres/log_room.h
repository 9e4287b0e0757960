/* log_room.h — how full a log is that may not grow for ever: the one in a live source, or that of
 * the way back. Whoever warns of it, asks here. */
#ifndef POSTGRES_LOG_ROOM_H
#define POSTGRES_LOG_ROOM_H

#include <stdbool.h>
#include <stdint.h>

struct log_room {
    int64_t waiting;  /* changes that no round has brought over yet; -1: not known */
    int64_t max_rows; /* that may wait; 0: any number */
    bool full; /* not all changes were noted, or not all had been: all tables are to be read */
};

/* In percent of what may wait, 100 at most; 0 without a limit. */
int log_room_percent(const struct log_room *room);

/* It is full, or will be before long: a person should know. */
bool log_room_is_scarce(const struct log_room *room);

#endif
