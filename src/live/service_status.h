/* service_status.h — what `systemctl status` says of this process, when systemd has started it. */
#ifndef LIVE_SERVICE_STATUS_H
#define LIVE_SERVICE_STATUS_H

#include "base/error.h"

/* Whether systemd has started it: $NOTIFY_SOCKET is set. */
bool service_is_watched(void);

/* One line, as STATUS= to the socket that $NOTIFY_SOCKET names; nothing where there is none, or
 * where nobody reads it. */
void service_status(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
