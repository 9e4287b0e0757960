/* token.h — bearer tokens: who may use the server over HTTP. */
#ifndef HTTP_TOKEN_H
#define HTTP_TOKEN_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum {
    TOKENS_MAX = 16,
    TOKEN_LENGTH_MIN = 16,
    TOKEN_DIGEST_SIZE = 32,
    TOKEN_NONE = TOKENS_MAX
};

/* Only digests under a key of this run are kept, so that comparing tells nothing by its time,
 * neither of a token's bytes nor of its length. */
struct token_set {
    uint8_t key[TOKEN_DIGEST_SIZE];
    uint8_t digests[TOKENS_MAX][TOKEN_DIGEST_SIZE];
    size_t count; /* 0: nobody is asked for one */
};

/* words: tokens between commas or white space; NULL: nobody is asked for one. Several, so that one
 * can be replaced while the old one still works. ERROR_USAGE: there is none among the words, or
 * one is shorter than TOKEN_LENGTH_MIN or holds what a header cannot. */
MUST_USE bool token_set_fill(struct token_set *tokens, const char *words, struct error *err);

/* header: of Authorization; NULL: none was sent. *which: its number, TOKEN_NONE when nobody is
 * asked for one. */
bool token_set_admits(const struct token_set *tokens, const char *header, size_t *which);

#endif
