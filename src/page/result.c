/* result.c — see result.h. */
#include "page/result.h"

#include "page/printable.h"

#include <stdarg.h>

void
result_print_json(const struct output *output, const json_t *json)
{
    json_dumpf(json, output->out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    fputc('\n', output->out);
}

void
note(const struct output *output, const char *format, ...)
{
    AUTO_TEXT words = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(&words, format, arguments);
    va_end(arguments);
    AUTO_TEXT line = {0};
    printable_add(&line, text_string(&words));
    text_add_char(&line, '\n');
    fwrite(line.bytes, 1, line.length, output->err_out);
    fflush(output->err_out);
}
