/* listeners.h — tells those who listen that a list has changed: no list of outgrow's own ever does. */
#ifndef TESTS_LISTENERS_H
#define TESTS_LISTENERS_H

#include "mcp/listen.h"

void listeners_tell(struct mcp_listen *listen, enum mcp_topic topic);

#endif
