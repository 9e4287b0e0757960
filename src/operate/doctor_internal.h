/* doctor_internal.h — what the doctor's checks share. */
#ifndef OPERATE_DOCTOR_INTERNAL_H
#define OPERATE_DOCTOR_INTERNAL_H

#include "operate/doctor.h"
#include "sqlite/catalog.h"

/* What the checks have found out so far. */
struct examination {
    const struct doctor_job *job;
    struct arena *arena;
    struct source source; /* open when source_open */
    bool source_open;
    char *real; /* of the source; NULL: not found */
    struct catalog catalog;
    bool catalog_read;
    int64_t source_bytes; /* with its -wal; 0: not known */
    PGconn *conn;         /* NULL: no target */
    const char *role;     /* current_user */
};

/* Fills in what was found; all but the table's fields. */
typedef void doctor_check(struct examination *examination, struct doctor_finding *finding);

doctor_check check_source_file, check_source_integrity, check_source_journal, check_source_log,
    check_source_users, check_source_space, check_backup_space;
doctor_check check_private_server, check_reach, check_version, check_encoding, check_writable,
    check_encryption, check_clock, check_pooler, check_extensions, check_replication;
doctor_check check_database_rights, check_schema_rights, check_ownership, check_connections,
    check_target_space, check_back_log;

/* Each sets the state and the value, and the latter two the advice. */
void found_ok(struct examination *examination, struct doctor_finding *finding,
              const char *format, ...) PRINTF_LIKE(3, 4);
void found(struct examination *examination, struct doctor_finding *finding,
           enum doctor_state state, const char *format, ...) PRINTF_LIKE(4, 5);
void advise(struct examination *examination, struct doctor_finding *finding, const char *format,
            ...) PRINTF_LIKE(3, 4);

/* The error's message and hint, as a failure. */
void found_error(struct examination *examination, struct doctor_finding *finding,
                 const struct error *err);

/* The only row of a query, or NULL: then the finding says why. To be cleared. */
PGresult *ask_target(struct examination *examination, struct doctor_finding *finding,
                     const char *sql, const char *const *parameters, size_t count);

/* "12.3 MB". Lives as long as the examination's arena. */
const char *size_words(struct examination *examination, uint64_t bytes);

/* Whether the server runs on this machine: a unix socket, or a loopback address. */
bool target_is_local(const PGconn *conn);

#endif
