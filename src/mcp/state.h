/* state.h — requestState: what the server would have to remember between a question and its
 * answer, given to the client to keep, signed.
 *
 * It is good once, for ten minutes, for the same call alone, and not for another run of the
 * server, whose key is made anew. */
#ifndef MCP_STATE_H
#define MCP_STATE_H

#include "base/error.h"

#include <pthread.h>
#include <stdint.h>

#include <jansson.h>

enum { MCP_STATE_KEY_SIZE = 32, MCP_STATE_LIFE_MS = 600000, MCP_STATES_USED_MAX = 1024 };

struct mcp_state_keeper {
    uint8_t key[MCP_STATE_KEY_SIZE];
    pthread_mutex_t lock;
    uint64_t used[MCP_STATES_USED_MAX]; /* numbers of states that have come back; a ring */
    size_t used_next;
};

MUST_USE bool mcp_states_init(struct mcp_state_keeper *keeper, struct error *err);
void mcp_states_free(struct mcp_state_keeper *keeper);

/* method, params: of the call; of params, what asks and answers (inputResponses, requestState,
 * _meta) does not count. state: NULL is null. A new string. */
json_t *mcp_state_sign(struct mcp_state_keeper *keeper, const char *method,
                       const json_t *params, const json_t *state);

/* The state, a new reference; NULL: not ours, of another call, too old, or used before. */
json_t *mcp_state_open(struct mcp_state_keeper *keeper, const char *method,
                       const json_t *params, const char *signed_state);

#endif
