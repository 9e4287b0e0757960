/* audit.c — see audit.h. */
#include "serve/audit.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void
audit_init(struct audit *audit, int descriptor)
{
    *audit = (struct audit){.descriptor = descriptor};
    pthread_mutex_init(&audit->lock, NULL);
}

void
audit_free(struct audit *audit)
{
    pthread_mutex_destroy(&audit->lock);
}

const char *
audit_verdict(const json_t *structured)
{
    return json_is_true(json_object_get(structured, "denied")) ? "refused" : "allowed";
}

static json_t *
now_json(void)
{
    char words[40];
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t length = strftime(words, sizeof words, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(words + length, sizeof words - length, ".%03ldZ", now.tv_nsec / 1000000);
    return json_string(words);
}

/* Rows that came back, that were changed, or that were compared. */
static json_t *
rows_json(const json_t *structured)
{
    static const char *const keys[] = {"row_count", "affected_in_all", "affected",
                                       "rows_compared"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        json_t *rows = json_object_get(structured, keys[i]);
        if (json_is_integer(rows)) {
            return json_incref(rows);
        }
    }
    return json_null();
}

static json_t *
copy_or_null(const json_t *structured, const char *key)
{
    json_t *value = json_object_get(structured, key);
    return json_is_string(value) ? json_incref(value) : json_null();
}

static json_t *
describe(const struct audit *audit, const struct audit_call *call)
{
    bool has_fingerprint = call->fingerprint != NULL && call->fingerprint[0] != '\0';
    json_t *line = json_pack("{s:s, s:o, s:s?, s:s?, s:s, s:o, s:b, s:o, s:f, s:o}", "audit",
                             "mcp", "at", now_json(), "tool", call->tool, "fingerprint",
                             has_fingerprint ? call->fingerprint : NULL, "verdict",
                             call->verdict, "rule", copy_or_null(call->structured, "rule"),
                             "error", call->is_error, "rows", rows_json(call->structured), "ms",
                             (double)call->took_us / 1000.0, "sqlstate",
                             copy_or_null(call->structured, "sqlstate"));
    if (audit->dropped > 0) {
        json_object_set_new(line, "dropped_before", json_integer((json_int_t)audit->dropped));
    }
    return line;
}

/* A pipe that is ready takes PIPE_BUF bytes at once, and they stay together. */
static bool
has_room(int descriptor)
{
    struct pollfd ready = {.fd = descriptor, .events = POLLOUT};
    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0;
}

void
audit_write(struct audit *audit, const struct audit_call *call)
{
    if (audit->descriptor < 0) {
        return;
    }
    char line[PIPE_BUF];
    pthread_mutex_lock(&audit->lock);
    json_t *described = describe(audit, call);
    size_t length = json_dumpb(described, line, sizeof line - 1,
                               JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(described);
    bool written = false;
    if (length < sizeof line && has_room(audit->descriptor)) {
        line[length++] = '\n';
        written = write(audit->descriptor, line, length) == (ssize_t)length;
    }
    audit->dropped = written ? 0 : audit->dropped + 1;
    pthread_mutex_unlock(&audit->lock);
}
