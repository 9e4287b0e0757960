/* token.c — see token.h. */
#include "http/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>
#include <strings.h>

static void
make_digest(const struct token_set *tokens, const char *word, size_t length,
            uint8_t digest[TOKEN_DIGEST_SIZE])
{
    uint8_t mac[EVP_MAX_MD_SIZE] = {0};
    unsigned size = 0;
    HMAC(EVP_sha256(), tokens->key, sizeof tokens->key, (const unsigned char *)word, length,
         mac, &size);
    memcpy(digest, mac, TOKEN_DIGEST_SIZE);
}

static bool
add_token(struct token_set *tokens, const char *word, size_t length, struct error *err)
{
    if (length < TOKEN_LENGTH_MIN) {
        error_set(err, ERROR_USAGE, "a token of %zu characters is too easy to guess", length);
        return error_hint(err, "make one: openssl rand -hex 32");
    }
    for (size_t i = 0; i < length; i++) {
        if (word[i] < '!' || word[i] > '~') {
            return error_set(err, ERROR_USAGE, "a token holds what no header can carry");
        }
    }
    if (tokens->count == TOKENS_MAX) {
        return error_set(err, ERROR_USAGE, "more than %d tokens", TOKENS_MAX);
    }
    make_digest(tokens, word, length, tokens->digests[tokens->count]);
    tokens->count++;
    return true;
}

bool
token_set_fill(struct token_set *tokens, const char *words, struct error *err)
{
    static const char between[] = ", \t\r\n";
    *tokens = (struct token_set){.count = 0};
    if (RAND_bytes(tokens->key, sizeof tokens->key) != 1) {
        return error_set(err, ERROR_INTERNAL, "no random numbers for a key");
    }
    for (const char *word = words; word != NULL && *word != '\0';) {
        word += strspn(word, between);
        size_t length = strcspn(word, between);
        if (length > 0 && !add_token(tokens, word, length, err)) {
            return false;
        }
        word += length;
    }
    if (words != NULL && tokens->count == 0) {
        error_set(err, ERROR_USAGE, "clients shall show a token, but there is none");
        return error_hint(err, "set OUTGROW_MCP_TOKEN to one, or unset it");
    }
    return true;
}

bool
token_set_admits(const struct token_set *tokens, const char *header, size_t *which)
{
    static const char scheme[] = "Bearer ";
    uint8_t digest[TOKEN_DIGEST_SIZE];
    *which = TOKEN_NONE;
    if (tokens->count == 0) {
        return true;
    }
    if (header == NULL || strncasecmp(header, scheme, sizeof scheme - 1) != 0) {
        return false;
    }
    const char *word = header + sizeof scheme - 1;
    word += strspn(word, " ");
    make_digest(tokens, word, strcspn(word, " \t"), digest);
    for (size_t i = 0; i < tokens->count; i++) { /* all, always */
        if (CRYPTO_memcmp(digest, tokens->digests[i], TOKEN_DIGEST_SIZE) == 0) {
            *which = i;
        }
    }
    return *which != TOKEN_NONE;
}
