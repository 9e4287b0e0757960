/* over_stdio.c — see over_stdio.h. */
#include "mcp/over_stdio.h"

#include "base/stop.h"
#include "mcp/lines.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK = 8192,
    WRITE_CHUNK = 4096, /* a pipe that is ready takes so much at once (PIPE_BUF) */
    LOOK_MS = 100,      /* how often a waiting thread looks at the stop flag */
    GRACE_MS = 1000,    /* for what was asked before the input ended */
    STOP_MS = 3000,     /* for what was given up */
};

struct stdio {
    struct mcp_server *server;
    struct mcp_peer peer;
    pthread_mutex_t lock; /* one writer */
    int output;
    atomic_bool broken; /* nobody reads it any more */
};

/* Under the lock. Waits for a slow reader, but not past a request to stop. */
static bool
write_all(const struct stdio *stdio, const char *bytes, size_t size)
{
    while (size > 0) {
        struct pollfd ready = {.fd = stdio->output, .events = POLLOUT};
        int found = poll(&ready, 1, LOOK_MS);
        if (found <= 0) {
            if (stop_requested() || (found < 0 && errno != EINTR)) {
                return false;
            }
            continue;
        }
        ssize_t written = write(stdio->output, bytes, size < WRITE_CHUNK ? size : WRITE_CHUNK);
        if (written < 0 && errno != EINTR && errno != EAGAIN) {
            return false;
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return true;
}

static void
send_message(void *context, json_t *message)
{
    struct stdio *stdio = context;
    AUTO_TEXT line = {0};
    size_t length;
    char *text = rpc_dump(message, &length);
    text_add_bytes(&line, text, length);
    text_add_char(&line, '\n');
    free(text);
    pthread_mutex_lock(&stdio->lock);
    if (!atomic_load(&stdio->broken) && !write_all(stdio, line.bytes, line.length)) {
        atomic_store(&stdio->broken, true);
    }
    pthread_mutex_unlock(&stdio->lock);
}

static void
send_answer(void *context, json_t *message, enum rpc_code code)
{
    (void)code;
    if (message != NULL) {
        send_message(context, message);
    }
}

static void
take_message(struct stdio *stdio, struct rpc_message *message)
{
    struct mcp_way way = {.context = stdio, .notify = send_message, .answer = send_answer};
    if (message->kind == RPC_NOTIFICATION) {
        mcp_server_notified(stdio->server, &stdio->peer, message);
    }
    if (message->kind == RPC_REQUEST) {
        struct mcp_exchange *exchange = mcp_exchange_new(message, mcp_message_era(message),
                                                         &stdio->peer, &way);
        mcp_server_take(stdio->server, exchange);
        mcp_exchange_release(exchange);
    }
}

static void
take_line(void *context, const char *line, size_t length)
{
    struct stdio *stdio = context;
    AUTO_RPC_MESSAGE message = {.kind = RPC_REQUEST};
    struct rpc_fault fault = {.code = RPC_NO_FAULT};
    bool ok = line == NULL ? rpc_fault_set(&fault, RPC_INVALID_REQUEST,
                                           "a line has at most %d bytes", RPC_SIZE_MAX)
                           : rpc_parse(line, length, &message, &fault);
    if (ok) {
        take_message(stdio, &message);
    } else {
        send_message(stdio, rpc_error(message.id, &fault));
    }
}

/* True: there is something to read, or the end. False: time to look around. A reader that is gone
 * is noticed also while nothing is to be written. */
static bool
wait_for_input(struct stdio *stdio, int input)
{
    struct pollfd ready[] = {{.fd = input, .events = POLLIN}, {.fd = stdio->output}};
    if (poll(ready, 2, LOOK_MS) <= 0) {
        return false;
    }
    if ((ready[1].revents & (POLLERR | POLLNVAL)) != 0) {
        atomic_store(&stdio->broken, true);
    }
    return ready[0].revents != 0;
}

static bool
read_lines(struct stdio *stdio, int input, struct mcp_lines *lines, struct error *err)
{
    char chunk[CHUNK];
    while (!stop_requested() && !atomic_load(&stdio->broken)) {
        if (!wait_for_input(stdio, input)) {
            continue;
        }
        ssize_t size = read(input, chunk, sizeof chunk);
        if (size < 0 && errno != EINTR && errno != EAGAIN) {
            return error_set(err, ERROR_SYSTEM, "read standard input");
        }
        if (size == 0) {
            mcp_lines_end(lines, take_line, stdio);
            return true;
        }
        if (size > 0) {
            mcp_lines_feed(lines, chunk, (size_t)size, take_line, stdio);
        }
    }
    return true;
}

static struct stdio *
stdio_new(struct mcp_server *server, int output)
{
    struct stdio *stdio = calloc(1, sizeof *stdio);
    assert(stdio != NULL);
    stdio->server = server;
    stdio->output = output;
    atomic_init(&stdio->peer.level, MCP_INFO);
    atomic_init(&stdio->broken, false);
    pthread_mutex_init(&stdio->lock, NULL);
    return stdio;
}

static void
wait_for_answers(struct stdio *stdio)
{
    for (int waited = 0; waited < GRACE_MS && !stop_requested() && !atomic_load(&stdio->broken);
         waited += LOOK_MS) {
        if (mcp_flights_wait(&stdio->server->flights, LOOK_MS)) {
            return;
        }
    }
}

bool
mcp_stdio_serve(struct mcp_server *server, int input, int output, bool *hung, struct error *err)
{
    struct mcp_lines lines = {.too_long = false};
    struct stdio *stdio = stdio_new(server, output);
    bool ok = read_lines(stdio, input, &lines, err);
    text_free(&lines.line);
    wait_for_answers(stdio);
    *hung = !mcp_server_stop(server, STOP_MS);
    if (!*hung) {
        mcp_server_free(server);
        pthread_mutex_destroy(&stdio->lock);
        free(stdio);
    }
    return ok;
}
