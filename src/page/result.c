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
    char *words = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&words, format, arguments);
    va_end(arguments);
    if (length < 0) {
        abort();
    }
    AUTO_TEXT line = {0};
    printable_add(&line, words);
    text_add_char(&line, '\n');
    free(words);
    fwrite(line.bytes, 1, line.length, output->err_out);
    fflush(output->err_out);
}
