/* error.h — one failure, described once, where it happened.
 *
 * Every function that can fail returns bool and takes `struct error *err` as
 * its last parameter. true: err is untouched. false: err is filled in. On the
 * way up, callers only add what was being attempted (error_wrap). An error is
 * printed where it stops, and nowhere else. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

/* What a caller may branch on. Also the key into the exit-code table. */
enum error_kind {
    ERROR_NONE = 0,
    ERROR_INTERNAL, /* outgrow itself is wrong */
    ERROR_USAGE,    /* the person typed something we cannot accept */
    ERROR_SOURCE,   /* SQLite refused, or its data does not fit the plan */
    ERROR_TARGET,   /* PostgreSQL refused; see sqlstate */
    ERROR_SYSTEM,   /* the operating system refused; see os_errno */
    ERROR_MISMATCH, /* verification found a difference */
    ERROR_STOPPED,  /* asked to stop; not a fault */
    ERROR_NOT_NOW,  /* a condition does not hold yet; nothing has changed, try again later */
};

/* Plain value: no heap, copyable, safe to hand to another thread. */
struct error {
    enum error_kind kind;
    int os_errno;     /* 0 unless kind is ERROR_SYSTEM */
    char sqlstate[6]; /* "" unless kind is ERROR_TARGET */
    int sqlite_code;  /* extended; 0 unless kind is ERROR_SOURCE and SQLite said it */
    const char *file; /* where error_set was called; static storage */
    int line;
    char message[512]; /* lower case, no full stop, cut short if too long */
    char hint[256];    /* what to do next, or "" */
};

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_argument)                                              \
    __attribute__((format(printf, format_index, first_argument)))

/* Fills `err` and returns false, so that a failing path is one statement.
 * ERROR_SYSTEM takes os_errno from errno and adds its text behind a colon. */
#define error_set(err, kind, ...) error_set_at((err), (kind), __FILE__, __LINE__, __VA_ARGS__)

bool error_set_at(struct error *err, enum error_kind kind, const char *file, int line,
                  const char *format, ...) PRINTF_LIKE(5, 6);

/* Puts "what we were doing: " in front of the message. Returns false. */
bool error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Replaces the hint: one line that says what to do next. Returns false. */
bool error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
