/* result.h — prints a command's JSON result on standard output. */
#ifndef PAGE_RESULT_H
#define PAGE_RESULT_H

#include "base/error.h"
#include "page/output.h"

#include <jansson.h>

/* Frees it when it goes out of scope. */
static inline void
json_close(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}
#define AUTO_JSON __attribute__((cleanup(json_close))) json_t

/* Indented, keys in the order they were set, one newline at the end. */
void result_print_json(const struct output *output, const json_t *json);

/* One remark on stderr, ended by a newline. */
void note(const struct output *output, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
