/* health_checks.h — what postgres_health_check looks at: one question each, asked apart. */
#ifndef HEAL_HEALTH_CHECKS_H
#define HEAL_HEALTH_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

struct health_check {
    const char *name;
    /* One JSON value: a list of what is wrong (empty: ok), or an object {status, value, ...}. */
    const char *sql;
    const char
        *status; /* of a list that is not empty: "ok" (worth knowing), "warn", "critical" */
    const char *advice; /* then */
};

extern const struct health_check health_checks[];
extern const size_t health_check_count;

#endif
