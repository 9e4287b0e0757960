/* ceiling.c — the smallest possible COPY client: what no copy can beat.
 *
 *   ceiling CONNINFO TABLE FILE CONNECTIONS
 *
 * FILE is what COPY TABLE TO STDOUT (FORMAT binary) gave. It is held in memory
 * and sent to the (empty) TABLE in messages of 64,000 bytes over CONNECTIONS
 * connections, each a transaction of its own. Prints the seconds from the first
 * COPY to the last COMMIT. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

enum { MESSAGE_BYTES = 64000, HEADER_BYTES = 19, CONNECTIONS_MAX = 16 };

struct sender {
    pthread_t thread;
    PGconn *conn;
    const char *table;
    const char *header;
    const char *rows;
    size_t size;
};

static void
die(const char *what, const PGconn *conn)
{
    fprintf(stderr, "ceiling: %s: %s", what, conn == NULL ? "\n" : PQerrorMessage(conn));
    exit(1);
}

static void
expect(PGconn *conn, PGresult *result, ExecStatusType wanted)
{
    if (PQresultStatus(result) != wanted) {
        die("unexpected answer", conn);
    }
    PQclear(result);
}

static void *
send_rows(void *argument)
{
    struct sender *sender = argument;
    char sql[256];
    snprintf(sql, sizeof sql, "COPY %s FROM STDIN (FORMAT binary)", sender->table);
    expect(sender->conn, PQexec(sender->conn, "BEGIN"), PGRES_COMMAND_OK);
    expect(sender->conn, PQexec(sender->conn, sql), PGRES_COPY_IN);
    PQputCopyData(sender->conn, sender->header, HEADER_BYTES);
    for (size_t done = 0; done < sender->size; done += MESSAGE_BYTES) {
        size_t rest = sender->size - done;
        PQputCopyData(sender->conn, sender->rows + done,
                      (int)(rest < MESSAGE_BYTES ? rest : MESSAGE_BYTES));
    }
    PQputCopyData(sender->conn, "\xff\xff", 2);
    PQputCopyEnd(sender->conn, NULL);
    expect(sender->conn, PQgetResult(sender->conn), PGRES_COMMAND_OK);
    PQclear(PQgetResult(sender->conn));
    expect(sender->conn, PQexec(sender->conn, "COMMIT"), PGRES_COMMAND_OK);
    return NULL;
}

static char *
read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        die(path, NULL);
    }
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
        die(path, NULL);
    }
    fclose(file);
    return bytes;
}

/* The first row boundary at or behind `wanted`. */
static size_t
row_boundary(const char *bytes, size_t end, size_t wanted)
{
    size_t at = HEADER_BYTES;
    while (at < wanted && at < end) {
        uint16_t fields;
        memcpy(&fields, bytes + at, 2);
        at += 2;
        for (uint16_t i = ntohs(fields); i > 0; i--) {
            uint32_t length;
            memcpy(&length, bytes + at, 4);
            at += 4 + (length == UINT32_MAX ? 0 : ntohl(length));
        }
    }
    return at;
}

static double
seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
    if (argc != 5) {
        fputs("usage: ceiling CONNINFO TABLE FILE CONNECTIONS\n", stderr);
        return 2;
    }
    size_t size;
    char *bytes = read_file(argv[3], &size);
    size_t end = size - 2; /* without the trailer */
    size_t count = strtoul(argv[4], NULL, 10);
    struct sender senders[CONNECTIONS_MAX];
    size_t start = HEADER_BYTES;
    for (size_t i = 0; i < count && i < CONNECTIONS_MAX; i++) {
        size_t stop = i + 1 == count ? end : row_boundary(bytes, end, end / count * (i + 1));
        senders[i] = (struct sender){0,     PQconnectdb(argv[1]), argv[2],
                                     bytes, bytes + start,        stop - start};
        if (PQstatus(senders[i].conn) != CONNECTION_OK) {
            die("connect", senders[i].conn);
        }
        PQclear(PQexec(senders[i].conn, "SET default_toast_compression = lz4"));
        start = stop;
    }
    double began = seconds();
    for (size_t i = 0; i < count; i++) {
        pthread_create(&senders[i].thread, NULL, send_rows, &senders[i]);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(senders[i].thread, NULL);
    }
    printf("%.4f\n", seconds() - began);
    for (size_t i = 0; i < count; i++) {
        PQfinish(senders[i].conn);
    }
    free(bytes);
    return 0;
}
