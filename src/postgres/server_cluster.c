/* server_cluster.c — makes the private server's cluster and its database. */
#include "base/path.h"
#include "postgres/server_internal.h"
#include "postgres/target.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint64_t megabyte = UINT64_C(1024) * 1024;

/* Sizes suit a machine that does other things, too. Nothing replicates from this
 * server, so wal_level may be minimal, which spares a bulk load its WAL. In the search_path
 * "$user" would be the journal's schema: applications would create their tables there. */
void
server_settings(struct text *conf, const char *socket_directory, uint64_t memory_bytes)
{
    uint64_t buffers = memory_bytes / 8 / megabyte;
    buffers = buffers > 256 ? 256 : buffers < 16 ? 16 : buffers;
    uint64_t maintenance = buffers < 64 ? 64 : buffers;
    text_printf(conf,
                "\n# outgrow's private server\n"
                "listen_addresses = ''\n"
                "unix_socket_directories = '%s'\n"
                "unix_socket_permissions = 0700\n"
                "shared_buffers = %" PRIu64 "MB\n"
                "maintenance_work_mem = %" PRIu64 "MB\n"
                "wal_level = minimal\n"
                "max_wal_senders = 0\n"
                "max_wal_size = 4GB\n"
                "checkpoint_timeout = 15min\n"
                "random_page_cost = 1.1\n"
                "search_path = 'public'\n"
                "log_destination = stderr\n"
                "logging_collector = off\n"
                "log_checkpoints = off\n",
                socket_directory, buffers, maintenance);
}

static uint64_t
machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_size = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_size > 0 ? (uint64_t)pages * (uint64_t)page_size : 1024 * megabyte;
}

/* C.UTF-8 sorts by code point and knows upper and lower case of all letters. */
static const char *
best_locale(void)
{
    locale_t locale = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
    if (locale == (locale_t)0) {
        return "C";
    }
    freelocale(locale);
    return "C.UTF-8";
}

static bool
run_initdb(const struct private_server *server, const struct server_user *user,
           const char *directory, int lock_fd, struct error *err)
{
    AUTO_ARENA scratch = {0};
    const char *initdb = arena_printf(&scratch, "%s/initdb", server->binaries);
    const char *locale = arena_printf(&scratch, "--locale=%s", best_locale());
    const char *const argv[] = {initdb,  "-D", directory, "-U",   "outgrow", "-A",
                                "trust", "-E", "UTF8",    locale, NULL};
    struct server_command command = {.argv = argv, .kept_fd = lock_fd};
    return server_run_checked(server, user, &command, "initdb failed", err);
}

bool
server_cluster_create(const struct private_server *server, const struct server_user *user,
                      int lock_fd, struct error *err)
{
    AUTO_ARENA scratch = {0};
    const char *partial = arena_printf(&scratch, "%s.partial", server->data);
    const char *const remove_argv[] = {"/bin/rm", "-rf", "--", partial, NULL};
    struct server_command removal = {.argv = remove_argv, .kept_fd = -1};
    AUTO_TEXT settings = {0};
    server_settings(&settings, server->socket_directory, machine_memory());
    if (!server_run_checked(server, user, &removal, "cannot remove a half-made cluster", err) ||
        !run_initdb(server, user, partial, lock_fd, err) ||
        !server_append(server, user, arena_printf(&scratch, "%s/postgresql.conf", partial),
                       text_string(&settings), err)) {
        return false;
    }
    if (rename(partial, server->data) != 0) {
        return error_set(err, ERROR_SYSTEM, "rename %s to %s", partial, server->data);
    }
    return true;
}

/* lz4 where the server was built with it; known only by asking. */
static bool
prefer_lz4(PGconn *conn, struct error *err)
{
    static const char *const names[] = {"default_toast_compression", "wal_compression"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        AUTO_RESULT *known = NULL;
        const char *const parameters[] = {names[i]};
        if (!target_query(conn,
                          "SELECT 1 FROM pg_catalog.pg_settings WHERE name = $1"
                          " AND 'lz4' = ANY (enumvals)",
                          parameters, 1, &known, err)) {
            return false;
        }
        char sql[96];
        snprintf(sql, sizeof sql, "ALTER SYSTEM SET %s = 'lz4'", names[i]);
        if (PQntuples(known) > 0 && !target_execute(conn, sql, err)) {
            return false;
        }
    }
    return target_execute(conn, "SELECT pg_catalog.pg_reload_conf()", err);
}

bool
server_database_ensure(const struct private_server *server, struct error *err)
{
    AUTO_ARENA scratch = {0};
    AUTO_CONNECTION *conn = NULL;
    AUTO_RESULT *found = NULL;
    const char *conninfo = server_conninfo(&scratch, server->socket_directory, "postgres");
    if (!target_connect(conninfo, &conn, err) ||
        !target_query(conn, "SELECT 1 FROM pg_catalog.pg_database WHERE datname = 'outgrow'",
                      NULL, 0, &found, err)) {
        return false;
    }
    if (PQntuples(found) > 0) {
        return true;
    }
    if (!prefer_lz4(conn, err)) {
        return error_wrap(err, "set up the private server");
    }
    /* template0: what a person put into template1 is not ours to copy. */
    return target_execute(conn, "CREATE DATABASE outgrow TEMPLATE template0", err);
}
