/* error.c — see error.h. */
#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
error_set_at(struct error *err, enum error_kind kind, const char *file, int line,
             const char *format, ...)
{
    int saved_errno = errno;
    assert(kind != ERROR_NONE);
    *err = (struct error){.kind = kind, .file = file, .line = line};
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (kind == ERROR_SYSTEM && saved_errno != 0) {
        err->os_errno = saved_errno;
        size_t used = strlen(err->message);
        snprintf(err->message + used, sizeof err->message - used, ": %s",
                 strerrordesc_np(saved_errno));
    }
    return false;
}

bool
error_wrap(struct error *err, const char *format, ...)
{
    assert(err->kind != ERROR_NONE);
    char inner[sizeof err->message];
    memcpy(inner, err->message, sizeof inner);

    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);

    size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, ": %s", inner);
    return false;
}

bool
error_hint(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
    return false;
}
