/* state.c — see state.h. The text is "<hex of HMAC-SHA-256>.<JSON>", where the JSON says
 * until when, which number and what, and the HMAC is over it and over the call. */
#include "mcp/state.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_SIZE = 32, MAC_HEX = 2 * MAC_SIZE };

bool
mcp_states_init(struct mcp_state_keeper *keeper, struct error *err)
{
    *keeper = (struct mcp_state_keeper){.used_next = 0};
    pthread_mutex_init(&keeper->lock, NULL);
    return RAND_bytes(keeper->key, sizeof keeper->key) == 1 ||
           error_set(err, ERROR_INTERNAL, "no random numbers for a key");
}

void
mcp_states_free(struct mcp_state_keeper *keeper)
{
    OPENSSL_cleanse(keeper->key, sizeof keeper->key);
    pthread_mutex_destroy(&keeper->lock);
}

/* The parts of a call that a state is bound to, in one spelling. */
static void
add_call(struct text *text, const char *method, const json_t *params)
{
    json_t *bound = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(json_unconst(params), key, value)
    {
        if (strcmp(key, "inputResponses") != 0 && strcmp(key, "requestState") != 0 &&
            strcmp(key, "_meta") != 0) {
            json_object_set(bound, key, value);
        }
    }
    char *spelled = json_dumps(bound, JSON_COMPACT | JSON_SORT_KEYS);
    text_add(text, method);
    text_add_char(text, '\0');
    text_add(text, spelled == NULL ? "" : spelled);
    free(spelled);
    json_decref(bound);
}

static void
make_mac(const struct mcp_state_keeper *keeper, const char *method, const json_t *params,
         const char *body, char hex[MAC_HEX + 1])
{
    AUTO_TEXT text = {0};
    uint8_t mac[EVP_MAX_MD_SIZE] = {0};
    unsigned size = 0;
    text_add(&text, body);
    text_add_char(&text, '\0');
    add_call(&text, method, params);
    HMAC(EVP_sha256(), keeper->key, sizeof keeper->key, (const unsigned char *)text.bytes,
         text.length, mac, &size);
    for (size_t i = 0; i < MAC_SIZE; i++) {
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    }
}

json_t *
mcp_state_sign(struct mcp_state_keeper *keeper, const char *method, const json_t *params,
               const json_t *state)
{
    char hex[MAC_HEX + 1];
    uint64_t number = 0;
    RAND_bytes((unsigned char *)&number, sizeof number);
    number = (number >> 12) | 1; /* fits a JSON integer; 0 stands for an empty place */
    json_t *body = json_pack("[I, I, O]", (json_int_t)clock_monotonic_ms() + MCP_STATE_LIFE_MS,
                             (json_int_t)number, state == NULL ? json_null() : state);
    char *spelled = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    make_mac(keeper, method, params, spelled, hex);
    json_t *text = json_sprintf("%s.%s", hex, spelled);
    free(spelled);
    json_decref(body);
    return text;
}

/* True: for the first time. */
static bool
use_number(struct mcp_state_keeper *keeper, uint64_t number)
{
    bool is_new = number != 0;
    pthread_mutex_lock(&keeper->lock);
    for (size_t i = 0; i < MCP_STATES_USED_MAX && is_new; i++) {
        is_new = keeper->used[i] != number;
    }
    if (is_new) {
        keeper->used[keeper->used_next] = number;
        keeper->used_next = (keeper->used_next + 1) % MCP_STATES_USED_MAX;
    }
    pthread_mutex_unlock(&keeper->lock);
    return is_new;
}

json_t *
mcp_state_open(struct mcp_state_keeper *keeper, const char *method, const json_t *params,
               const char *signed_state)
{
    char hex[MAC_HEX + 1];
    if (strlen(signed_state) <= MAC_HEX || signed_state[MAC_HEX] != '.') {
        return NULL;
    }
    const char *spelled = signed_state + MAC_HEX + 1;
    make_mac(keeper, method, params, spelled, hex);
    if (CRYPTO_memcmp(hex, signed_state, MAC_HEX) != 0) {
        return NULL;
    }
    json_t *body = json_loads(spelled, 0, NULL);
    json_t *state = NULL;
    if (json_integer_value(json_array_get(body, 0)) > clock_monotonic_ms() &&
        use_number(keeper, (uint64_t)json_integer_value(json_array_get(body, 1)))) {
        state = json_incref(json_array_get(body, 2));
    }
    json_decref(body);
    return state;
}
