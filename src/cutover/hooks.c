/* hooks.c — the person's own commands at the turning points of a move; see hooks.h. */
#include "cutover/hooks.h"

#include "operate/child.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

enum { ADDED_MAX = 8 };

static const char *const names[HOOK_COUNT] = {
    [HOOK_BEFORE_PAUSE] = "before-pause", [HOOK_ON_FENCED] = "on-fenced",
    [HOOK_ON_SWITCHED] = "on-switched",   [HOOK_ON_ABORT] = "on-abort",
    [HOOK_ON_RETURNED] = "on-returned",   [HOOK_ON_FINISHED] = "on-finished",
};

const char *
hook_name(enum hook hook)
{
    return names[hook];
}

static void
add_pair(struct text *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0') {
        return;
    }
    text_printf(out, "%s%s='", out->length == 0 ? "" : " ", name);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '\'' || *c == '\\') {
            text_add_char(out, '\\');
        }
        text_add_char(out, *c);
    }
    text_add_char(out, '\'');
}

/* As libpq reads it; whoever runs it brings the password. */
static char *
target_words(struct arena *arena, const PGconn *conn)
{
    AUTO_TEXT words = {0};
    add_pair(&words, "host", PQhost(conn));
    add_pair(&words, "port", PQport(conn));
    add_pair(&words, "dbname", PQdb(conn));
    add_pair(&words, "user", PQuser(conn));
    return arena_strdup(arena, text_string(&words));
}

static bool
is_replaced(const char *entry, char *const *added, size_t added_count)
{
    size_t length = strcspn(entry, "=") + 1;
    for (size_t i = 0; i < added_count; i++) {
        if (strncmp(entry, added[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* Ours and what is added; a variable that is there already is replaced. */
static char **
environment_with(struct arena *arena, char *const *added, size_t added_count)
{
    char **all = NULL;
    size_t count = 0;
    for (char **entry = environ; *entry != NULL; entry++) {
        if (!is_replaced(*entry, added, added_count)) {
            *ARENA_APPEND(arena, all, count) = *entry;
        }
    }
    for (size_t i = 0; i < added_count; i++) {
        *ARENA_APPEND(arena, all, count) = added[i];
    }
    *ARENA_APPEND(arena, all, count) = NULL;
    return all;
}

bool
hook_run(const struct hooks *hooks, enum hook hook, const struct hook_news *news,
         struct text *words, struct error *err)
{
    const struct live *live = news->live;
    AUTO_ARENA memory = {0};
    const char *command = hooks->commands[hook];
    int status = 0;
    if (command == NULL) {
        return true;
    }
    char *const added[ADDED_MAX] = {
        arena_printf(&memory, "OUTGROW_HOOK=%s", names[hook]),
        arena_printf(&memory, "OUTGROW_STATE=%s", live_state_name(live->state)),
        arena_printf(&memory, "OUTGROW_EPOCH=%" PRId64, live->epoch),
        arena_printf(&memory, "OUTGROW_SOURCE=%s", live->source_path),
        arena_printf(&memory, "OUTGROW_TARGET=%s", target_words(&memory, news->conn)),
        arena_printf(&memory, "OUTGROW_REASON=%s", news->reason == NULL ? "" : news->reason),
    };
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    if (!child_run(argv, environment_with(&memory, added, 6), words, &status, err)) {
        return error_wrap(err, "run the hook %s", names[hook]);
    }
    if (status == 0) {
        return true;
    }
    errno = 0; /* the code is its own, not the system's */
    return error_set(err, ERROR_SYSTEM, "the hook %s ended with code %d", names[hook], status);
}
