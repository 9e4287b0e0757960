/* outbox.c — see outbox.h. */
#include "http/outbox.h"

#include "base/clock.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct note {
    char *text;
    struct note *next;
};

struct http_outbox {
    pthread_mutex_t lock;
    bool wants_notifications;
    int holders;
    int bell; /* an eventfd: something is new */
    struct note *first;
    struct note **last;
    size_t count;
    bool answered;
    char *answer;
    enum rpc_code code;
};

struct http_outbox *
http_outbox_new(bool wants_notifications)
{
    struct http_outbox *outbox = calloc(1, sizeof *outbox);
    assert(outbox != NULL);
    outbox->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (outbox->bell < 0) {
        free(outbox);
        return NULL;
    }
    pthread_mutex_init(&outbox->lock, NULL);
    outbox->wants_notifications = wants_notifications;
    outbox->holders = 2;
    outbox->last = &outbox->first;
    return outbox;
}

void
http_outbox_release(struct http_outbox *outbox)
{
    pthread_mutex_lock(&outbox->lock);
    bool is_last = --outbox->holders == 0;
    pthread_mutex_unlock(&outbox->lock);
    if (!is_last) {
        return;
    }
    while (outbox->first != NULL) {
        struct note *note = outbox->first;
        outbox->first = note->next;
        free(note->text);
        free(note);
    }
    free(outbox->answer);
    close(outbox->bell);
    pthread_mutex_destroy(&outbox->lock);
    free(outbox);
}

/* Under the lock. A full counter rings as well. */
static void
ring(const struct http_outbox *outbox)
{
    const uint64_t one = 1;
    ssize_t ignored = write(outbox->bell, &one, sizeof one);
    (void)ignored;
}

static void
put_notification(void *context, json_t *message)
{
    struct http_outbox *outbox = context;
    size_t length;
    char *text = rpc_dump(message, &length);
    pthread_mutex_lock(&outbox->lock);
    if (outbox->wants_notifications && outbox->count < OUTBOX_MAX) {
        struct note *note = calloc(1, sizeof *note);
        assert(note != NULL);
        note->text = text;
        text = NULL;
        *outbox->last = note;
        outbox->last = &note->next;
        outbox->count++;
        ring(outbox);
    }
    pthread_mutex_unlock(&outbox->lock);
    free(text);
}

static void
put_answer(void *context, json_t *message, enum rpc_code code)
{
    struct http_outbox *outbox = context;
    size_t length;
    char *text = message == NULL ? NULL : rpc_dump(message, &length);
    pthread_mutex_lock(&outbox->lock);
    outbox->answered = true;
    outbox->answer = text;
    outbox->code = code;
    ring(outbox);
    pthread_mutex_unlock(&outbox->lock);
    http_outbox_release(outbox);
}

struct mcp_way
http_outbox_way(struct http_outbox *outbox)
{
    return (struct mcp_way){
        .context = outbox, .notify = put_notification, .answer = put_answer};
}

/* True: there was something. */
static bool
take(struct http_outbox *outbox, enum outbox_event *event, char **text, enum rpc_code *code)
{
    pthread_mutex_lock(&outbox->lock);
    struct note *note = outbox->first;
    bool found = note != NULL || outbox->answered;
    *event = note != NULL ? OUTBOX_MESSAGE : OUTBOX_ANSWERED;
    if (note != NULL) {
        *text = note->text;
        outbox->first = note->next;
        outbox->last = outbox->first == NULL ? &outbox->first : outbox->last;
        outbox->count--;
    } else if (found) {
        *text = outbox->answer;
        *code = outbox->code;
        outbox->answer = NULL;
    }
    pthread_mutex_unlock(&outbox->lock);
    free(note);
    return found;
}

enum outbox_event
http_outbox_wait(struct http_outbox *outbox, int socket, int timeout_ms, char **text,
                 enum rpc_code *code)
{
    enum outbox_event event;
    int64_t until = clock_monotonic_ms() + timeout_ms;
    *text = NULL;
    *code = RPC_NO_FAULT;
    while (!take(outbox, &event, text, code)) {
        struct pollfd ready[] = {{.fd = outbox->bell, .events = POLLIN},
                                 {.fd = socket, .events = POLLRDHUP}};
        int64_t left = until - clock_monotonic_ms();
        if (timeout_ms >= 0 && left <= 0) {
            return OUTBOX_QUIET;
        }
        if (poll(ready, 2, timeout_ms < 0 ? -1 : (int)left) <= 0) {
            continue;
        }
        uint64_t rung;
        ssize_t ignored = read(outbox->bell, &rung, sizeof rung);
        (void)ignored;
        if (ready[0].revents == 0 && ready[1].revents != 0) {
            return OUTBOX_GONE;
        }
    }
    return event;
}
