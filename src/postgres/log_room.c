/* log_room.c — see log_room.h. */
#include "postgres/log_room.h"

enum { SCARCE_PERCENT = 75 };

int
log_room_percent(const struct log_room *room)
{
    if (room->max_rows <= 0 || room->waiting <= 0) {
        return 0;
    }
    double percent = 100.0 * (double)room->waiting / (double)room->max_rows;
    return percent > 100 ? 100 : (int)percent;
}

bool
log_room_is_scarce(const struct log_room *room)
{
    return room->full || log_room_percent(room) >= SCARCE_PERCENT;
}
