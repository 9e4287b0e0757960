/* result.h — prints a command's JSON result on standard output. */
#ifndef PAGE_RESULT_H
#define PAGE_RESULT_H

#include "base/error.h"
#include "base/json.h"
#include "page/output.h"

/* Indented, keys in the order they were set, one newline at the end. */
void result_print_json(const struct output *output, const json_t *json);

/* One remark on stderr, ended by a newline. */
void note(const struct output *output, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
