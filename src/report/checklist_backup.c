/* checklist_backup.c — checks of the backups: of the source, in an archive, of the server. */
#include "operate/archive.h"
#include "page/human.h"
#include "page/report_lists.h"
#include "report/checklist_internal.h"
#include "settings/target_choice.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const json_t *
source_of(const struct checking *checking)
{
    return json_object_get(checking->job->report, "source");
}

/* The digest, or "" when the check is over: the file cannot be read, or a stop. */
static const char *
digest_of(struct checking *checking, struct check_outcome *outcome, const char *path,
          int64_t *size)
{
    char hex[DIGEST_HEX_SIZE];
    struct error err;
    if (digest_file(path, hex, size, &err)) {
        return arena_strdup(checking->arena, hex);
    }
    if (err.kind == ERROR_STOPPED) {
        *checking->err = err;
    }
    set_open(checking, outcome, "%s", err.message);
    return "";
}

void
check_source_backup(struct checking *checking, struct check_outcome *outcome)
{
    const char *path = json_words(source_of(checking), "snapshot");
    const char *known = json_words(source_of(checking), "snapshot_sha256");
    int64_t size = 0;
    const char *hex = digest_of(checking, outcome, path, &size);
    if (hex[0] == '\0') {
        outcome->advice = "keep the source itself until there is another backup";
        return;
    }
    snprintf(checking->job->snapshot_sha256, sizeof checking->job->snapshot_sha256, "%s", hex);
    AUTO_TEXT words = {0};
    human_bytes(&words, (uint64_t)size);
    if (known[0] != '\0' && strcmp(known, hex) != 0) {
        set_open(checking, outcome,
                 "%s is not what it was at the migration: SHA-256 %s, was %s", path, hex,
                 known);
        outcome->advice = "make another while the source is there";
        outcome->statement = "outgrow archive SOURCE";
        return;
    }
    set_passed(checking, outcome, "%s, read whole%s, SHA-256 %s", text_string(&words),
               known[0] == '\0' ? "" : " and unchanged since the migration", hex);
}

/* What FILE.sha256 beside an archive says; "" when it says nothing. */
static const char *
noted_digest(struct checking *checking, const char *archive)
{
    char hex[DIGEST_HEX_SIZE] = "";
    FILE *file = fopen(arena_printf(checking->arena, "%s.sha256", archive), "re");
    if (file == NULL) {
        return "";
    }
    size_t length = fread(hex, 1, DIGEST_HEX_SIZE - 1, file);
    fclose(file);
    return length == DIGEST_HEX_SIZE - 1 ? arena_strdup(checking->arena, hex) : "";
}

void
check_archive(struct checking *checking, struct check_outcome *outcome)
{
    const char *source = json_words(source_of(checking), "path");
    const char *path = NULL;
    struct error err;
    if (!archive_newest(checking->job->archive_directory, source, checking->arena, &path,
                        &err) ||
        path == NULL) {
        set_open(checking, outcome, "there is none in %s", checking->job->archive_directory);
        outcome->advice = "a compressed copy, tested by restoring it";
        AUTO_TEXT statement = {0};
        text_add(&statement, "outgrow archive ");
        add_shell_word(&statement, source);
        outcome->statement = arena_strdup(checking->arena, text_string(&statement));
        return;
    }
    int64_t size = 0;
    const char *noted = noted_digest(checking, path);
    const char *hex = digest_of(checking, outcome, path, &size);
    if (hex[0] == '\0') {
        return;
    }
    if (strcmp(noted, hex) == 0) {
        set_passed(checking, outcome,
                   "%s, tested by restoring it when it was made; its digest is right", path);
        return;
    }
    set_open(checking, outcome, "%s has not the digest that lies beside it", path);
    outcome->advice = "make another";
}

/* That the log is archived can be seen; whether there is a base backup, or a dump, cannot: so
 * this box is never ours to tick. */
void
check_target_backup(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        "SELECT pg_catalog.current_setting('archive_mode'), archived_count,"
        " coalesce(last_failed_time > last_archived_time, last_failed_time IS NOT NULL)"
        " FROM pg_catalog.pg_stat_archiver",
        NULL);
    if (answer == NULL) {
        return;
    }
    bool archives = strcmp(PQgetvalue(answer, 0, 0), "off") != 0;
    if (archives && (target_is_true(answer, 0, 2) || target_number(answer, 0, 1) == 0)) {
        set_open(checking, outcome,
                 "the log is to be archived, but that fails or has not begun");
        outcome->statement = "SELECT * FROM pg_stat_archiver";
        return;
    }
    set_yours(checking, outcome,
              archives ? "the log is archived (%s files); base backups are not seen from here"
                       : "the log is not archived; dumps are not seen from here",
              PQgetvalue(answer, 0, 1));
    outcome->advice = "have a backup made regularly, and try to restore it";
    AUTO_TEXT statement = {0};
    text_add(&statement,
             archives ? "pg_basebackup --pgdata=DIRECTORY" : "pg_dump -Fc -f FILE ");
    if (!archives) {
        add_shell_word(&statement, PQdb(checking->job->conn));
    }
    outcome->statement = arena_strdup(checking->arena, text_string(&statement));
}
