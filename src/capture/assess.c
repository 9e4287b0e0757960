/* assess.c — what stands against a live move of a file; see capture.h. */
#include "capture/internal.h"
#include "sql/lexer.h"
#include "sqlite/source_file.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LOCK_WAIT_MS = 5000 }; /* as rounds wait for it later */

struct assessment {
    const char *path;
    char real[PATH_MAX];
    struct arena *arena;
    const struct catalog *catalog;
    struct capture_finding *findings;
    size_t count;
};

static void
find(struct assessment *self, enum capture_finding_kind kind, const char *what,
     const char *hint)
{
    *ARENA_APPEND(self->arena, self->findings, self->count) = (struct capture_finding){
        .kind = kind, .what = what, .hint = hint};
}

static const char *
directory_of(struct assessment *self)
{
    const char *slash = strrchr(self->real, '/');
    size_t length = slash == NULL || slash == self->real ? 1 : (size_t)(slash - self->real);
    return arena_strndup(self->arena, slash == NULL ? "." : self->real, length);
}

/* Files that SQLite makes beside the database belong to whoever makes them; only root's are
 * given to the owner of the database. */
static void
assess_rights(struct assessment *self)
{
    static const char hint[] = "run as the user that owns the file";
    struct stat info;
    if (stat(self->real, &info) != 0) {
        return;
    }
    bool ours = info.st_uid == geteuid();
    if (geteuid() != 0 && !ours) {
        find(self, CAPTURE_REFUSED,
             arena_printf(self->arena, "the file belongs to another user, of uid %u",
                          info.st_uid),
             hint);
    }
    if (access(self->real, W_OK) != 0 && errno == EROFS) {
        find(self, CAPTURE_REFUSED, "its file system is mounted read-only",
             "move it while it is mounted for writing, or use outgrow migrate, which only "
             "reads");
    } else if (access(self->real, W_OK) != 0) {
        find(self, CAPTURE_REFUSED, "the file cannot be written to",
             ours ? "chmod u+w makes it writable" : hint);
    }
    if (access(directory_of(self), W_OK) != 0) {
        find(self, CAPTURE_REFUSED,
             "nothing can be written into the file's directory, where its journal belongs",
             ours ? "let this user write into that directory" : hint);
    }
}

static const struct {
    unsigned type;
    const char *name;
} networks[] = {
    {NFS_SUPER_MAGIC, "NFS"},   {SMB_SUPER_MAGIC, "SMB"},
    {CIFS_SUPER_MAGIC, "CIFS"}, {SMB2_SUPER_MAGIC, "SMB"},
    {AFS_SUPER_MAGIC, "AFS"},   {AFS_FS_MAGIC, "AFS"},
    {CODA_SUPER_MAGIC, "Coda"}, {CEPH_SUPER_MAGIC, "Ceph"},
    {V9FS_MAGIC, "9P"},         {0x786f4256u /* vboxsf */, "VirtualBox's shared folders"},
};

static void
assess_file_system(struct assessment *self)
{
    struct statfs info;
    if (statfs(self->real, &info) != 0) {
        return;
    }
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        if ((unsigned)info.f_type == networks[i].type) {
            find(self, CAPTURE_REFUSED,
                 arena_printf(self->arena,
                              "the file lies on %s, where locks between machines do not hold",
                              networks[i].name),
                 "run on the machine whose disk the file is on");
        }
    }
}

/* A file mounted alone into a container has its journal elsewhere than the application. */
static void
assess_mount(struct assessment *self)
{
    FILE *mounts = fopen("/proc/self/mounts", "re");
    char *line = NULL;
    size_t size = 0;
    while (mounts != NULL && getline(&line, &size, mounts) > 0) {
        char *save = NULL;
        const char *point = strtok_r(line, " ", &save) == NULL ? NULL
                                                               : strtok_r(NULL, " ", &save);
        if (point != NULL && strcmp(point, self->real) == 0) {
            find(self, CAPTURE_REFUSED,
                 "the file is mounted alone, without the directory in which its journal lies",
                 "mount the whole directory");
            break;
        }
    }
    free(line);
    if (mounts != NULL) {
        fclose(mounts);
    }
}

/* Tries what every step of a live move does: one write transaction, of nothing. */
static bool
assess_locks(struct assessment *self, struct error *err)
{
    AUTO_SOURCE writer = {0};
    struct error why = {0};
    bool locked = !source_open_writable(&writer, self->path, LOCK_WAIT_MS, &why);
    if (!locked) {
        int code = sqlite3_exec(writer.handle, "BEGIN IMMEDIATE; ROLLBACK", NULL, NULL, NULL);
        locked = code != SQLITE_OK;
        if (locked) {
            source_failed(&writer, &why, "write to it");
        }
    }
    if (why.kind == ERROR_STOPPED) {
        *err = why;
        return false;
    }
    if (locked) {
        find(self, CAPTURE_REFUSED,
             arena_printf(self->arena, "the file cannot be locked: %s", why.message),
             "an application with PRAGMA locking_mode=EXCLUSIVE lets nobody in: set it to "
             "NORMAL; or wait for its long transaction");
    }
    return true;
}

static void
assess_journal(struct assessment *self)
{
    struct file_start start;
    if (file_start_read(self->real, &start) && !file_start_is_wal(&start)) {
        find(self, CAPTURE_WARNING,
             "the file has a rollback journal: a reader makes a writer wait, and one without "
             "busy_timeout fail",
             "let the application run PRAGMA journal_mode=WAL once, or set its busy_timeout");
    }
}

/* Whether the words RAISE ( IGNORE stand in an AFTER trigger: BEFORE comes in front of them. */
static bool
ignores_rows(const char *sql)
{
    struct sql_lexer lexer = {.at = sql == NULL ? "" : sql};
    int matched = 0;
    bool after = true;
    struct sql_token token = sql_lexer_next(&lexer);
    for (; token.length > 0 && token.code != 0 && matched < 3; token = sql_lexer_next(&lexer)) {
        static const char *const words[] = {"RAISE", "(", "IGNORE"};
        bool next = token.length == strlen(words[matched]) &&
                    strncasecmp(token.text, words[matched], token.length) == 0;
        matched = next ? matched + 1 : 0;
        after &= !(token.length == 6 && strncasecmp(token.text, "BEFORE", 6) == 0) &&
                 !(token.length == 7 && strncasecmp(token.text, "INSTEAD", 7) == 0);
    }
    return matched == 3 && after;
}

static void
assess_objects(struct assessment *self)
{
    for (size_t i = 0; i < self->catalog->object_count; i++) {
        const struct source_object *object = &self->catalog->objects[i];
        if (object->kind == OBJECT_TRIGGER && ignores_rows(object->sql)) {
            find(self, CAPTURE_WARNING,
                 arena_printf(self->arena,
                              "trigger \"%s\" ends other triggers with RAISE(IGNORE): ours are "
                              "made to fire first, but a temporary one would hide a change",
                              object->name),
                 "verify the table before the switch");
        }
        if (object->kind == OBJECT_VIRTUAL_TABLE) {
            find(self, CAPTURE_WARNING,
                 arena_printf(self->arena,
                              "virtual table \"%s\" can have no triggers: its changes are not "
                              "seen, and its writes are not refused after the switch",
                              object->name),
                 "");
        }
    }
}

static bool
has_own_collation(const struct source_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (!source_collation_is_builtin(table->columns[i].collation)) {
            return true;
        }
    }
    for (size_t i = 0; i < table->index_count; i++) {
        for (size_t j = 0; j < table->indexes[i].column_count; j++) {
            if (!source_collation_is_builtin(table->indexes[i].columns[j].collation)) {
                return true;
            }
        }
    }
    return false;
}

static void
assess_collations(struct assessment *self)
{
    for (size_t i = 0; i < self->catalog->table_count; i++) {
        const struct source_table *table = &self->catalog->tables[i];
        if (table->query == NULL && has_own_collation(table)) {
            find(self, CAPTURE_WARNING,
                 arena_printf(self->arena,
                              "table \"%s\" has a collation that only the application knows: "
                              "rows cannot be written back to it after the switch",
                              table->name.text),
                 "");
        }
    }
}

bool
capture_assess(const char *path, const struct catalog *catalog, struct arena *arena,
               struct capture_finding **findings, size_t *count, struct error *err)
{
    struct assessment self = {.path = path, .arena = arena, .catalog = catalog};
    struct file_start start;
    if (!source_locate(path, self.real, err)) {
        return false;
    }
    if (file_start_read(self.real, &start) &&
        memcmp(start.bytes, "SQLite format 3", sizeof "SQLite format 3") != 0) {
        return source_describe_foreign(path, self.real, err);
    }
    assess_rights(&self);
    assess_file_system(&self);
    assess_mount(&self);
    if (self.count == 0 && !assess_locks(&self, err)) {
        return false;
    }
    assess_journal(&self);
    assess_objects(&self);
    assess_collations(&self);
    *findings = self.findings;
    *count = self.count;
    return true;
}
