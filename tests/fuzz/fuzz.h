/* fuzz.h — the one function of a fuzz target, named by libFuzzer. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Feeds `data` to the code under test; aborts when a property does not hold.
 * Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
