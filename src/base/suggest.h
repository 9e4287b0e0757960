/* suggest.h — what a misspelt word was probably meant to be. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

/* Insertions, deletions, replacements and swaps of neighbours that lead from
 * one word to the other. Words longer than 63 bytes are as far as SIZE_MAX. */
size_t suggest_distance(const char *a, const char *b);

/* The nearest candidate seen so far. Start with the zero value and `typed`. */
struct suggestion {
    const char *typed;
    const char *best; /* NULL: nothing is near enough */
    size_t distance;  /* of best */
};
void suggest_consider(struct suggestion *suggestion, const char *candidate);

#endif
