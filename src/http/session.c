/* session.c — see session.h. */
#include "http/session.h"

#include <assert.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
sessions_init(struct session_table *sessions)
{
    *sessions = (struct session_table){.first = NULL};
    pthread_mutex_init(&sessions->lock, NULL);
}

/* Under the lock: takes it out of the list and frees it, unless a request uses it; then the last
 * of these frees it. */
static void
let_go(struct session_table *sessions, struct session *session)
{
    struct session **link = &sessions->first;
    while (*link != NULL && *link != session) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = session->next;
        sessions->count--;
        session->closed = true;
    }
    if (session->holders == 0) {
        free(session);
    }
}

void
sessions_free(struct session_table *sessions)
{
    while (sessions->first != NULL) {
        let_go(sessions, sessions->first);
    }
    pthread_mutex_destroy(&sessions->lock);
}

static void
drop_idle(struct session_table *sessions, int64_t now_ms)
{
    struct session *next;
    for (struct session *one = sessions->first; one != NULL; one = next) {
        next = one->next;
        if (one->holders == 0 && now_ms - one->used_ms > SESSION_IDLE_MS) {
            let_go(sessions, one);
        }
    }
}

static void
drop_least_used(struct session_table *sessions)
{
    struct session *oldest = NULL;
    for (struct session *one = sessions->first; one != NULL; one = one->next) {
        /* Of those of one millisecond the one that was opened first, which stands last. */
        if (one->holders == 0 && (oldest == NULL || one->used_ms <= oldest->used_ms)) {
            oldest = one;
        }
    }
    if (oldest != NULL) {
        let_go(sessions, oldest);
    }
}

static struct session *
session_new(size_t owner, int64_t now_ms)
{
    unsigned char random[(SESSION_ID_SIZE - 1) / 2];
    if (RAND_bytes(random, sizeof random) != 1) {
        return NULL;
    }
    struct session *session = calloc(1, sizeof *session);
    assert(session != NULL);
    for (size_t i = 0; i < sizeof random; i++) {
        snprintf(session->id + 2 * i, 3, "%02x", random[i]);
    }
    atomic_init(&session->peer.level, MCP_INFO);
    session->owner = owner;
    session->used_ms = now_ms;
    session->holders = 1;
    return session;
}

struct session *
session_open(struct session_table *sessions, size_t owner, int64_t now_ms)
{
    struct session *session = NULL;
    pthread_mutex_lock(&sessions->lock);
    drop_idle(sessions, now_ms);
    if (sessions->count >= SESSIONS_MAX) {
        drop_least_used(sessions);
    }
    if (sessions->count < SESSIONS_MAX) {
        session = session_new(owner, now_ms);
    }
    if (session != NULL) {
        session->next = sessions->first;
        sessions->first = session;
        sessions->count++;
    }
    pthread_mutex_unlock(&sessions->lock);
    return session;
}

struct session *
session_find(struct session_table *sessions, const char *id, size_t owner, int64_t now_ms)
{
    pthread_mutex_lock(&sessions->lock);
    drop_idle(sessions, now_ms);
    struct session *one = sessions->first;
    while (one != NULL && (one->owner != owner || strcmp(one->id, id) != 0)) {
        one = one->next;
    }
    if (one != NULL) {
        one->holders++;
        one->used_ms = now_ms;
    }
    pthread_mutex_unlock(&sessions->lock);
    return one;
}

void
session_release(struct session_table *sessions, struct session *session)
{
    if (session == NULL) {
        return;
    }
    pthread_mutex_lock(&sessions->lock);
    session->holders--;
    if (session->closed && session->holders == 0) {
        free(session);
    }
    pthread_mutex_unlock(&sessions->lock);
}

void
session_close(struct session_table *sessions, struct session *session)
{
    pthread_mutex_lock(&sessions->lock);
    if (!session->closed) {
        let_go(sessions, session);
    }
    pthread_mutex_unlock(&sessions->lock);
}
