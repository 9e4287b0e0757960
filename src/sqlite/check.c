/* check.c — is this file sound? See check.h. */
#include "sqlite/check.h"

#include "base/path.h"
#include "base/stop.h"
#include "base/text.h"
#include "sqlite/check_internal.h"

#include <string.h>

enum { MESSAGE_LINES_MAX = 3 };

/* One run of the PRAGMA. */
struct check_run {
    char **lines;
    size_t line_count;
    int code;            /* SQLITE_OK, or why it ended early */
    const char *problem; /* SQLite's words for that */
};

struct check {
    struct source *source;
    const struct catalog *catalog;
    enum check_depth depth;
    struct arena *arena;
    struct check_report *report;
    struct progress_item item;
};

static void
add_finding(struct check *check, const char *table, bool damage, const char *message)
{
    struct check_report *report = check->report;
    *ARENA_APPEND(check->arena, report->findings,
                  report->finding_count) = (struct check_finding){
        .table = table, .damage = damage, .message = message};
    report->damaged |= damage;
}

/* A row may hold several lines: all of the b-trees' findings come as one. In others a line's end
 * is that of a name. */
static void
take_lines(struct check *check, struct check_run *run, const char *row)
{
    if (check_line_kind(row) == LINE_VALUE || check_line_kind(row) == LINE_KEY_ORDER) {
        *ARENA_APPEND(check->arena, run->lines, run->line_count) = arena_strdup(check->arena,
                                                                                row);
        return;
    }
    for (const char *line = row; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        *ARENA_APPEND(check->arena, run->lines, run->line_count) = arena_strndup(check->arena,
                                                                                 line, length);
        line += length + (line[length] == '\n');
    }
}

static struct check_run
run_pragma(struct check *check, const char *table, enum check_depth depth)
{
    AUTO_TEXT sql = {0};
    AUTO_STATEMENT *statement = NULL;
    struct check_run run = {0};
    text_add(&sql,
             depth == CHECK_FULL ? "PRAGMA main.integrity_check" : "PRAGMA main.quick_check");
    if (table != NULL) {
        text_add_char(&sql, '(');
        source_quote(&sql, table);
        text_add_char(&sql, ')');
    }
    int code = sqlite3_prepare_v2(check->source->handle, text_string(&sql), -1, &statement,
                                  NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            take_lines(check, &run, (const char *)sqlite3_column_text(statement, 0));
        }
    }
    if (code != SQLITE_DONE) {
        run.code = code;
        run.problem = arena_strdup(check->arena, sqlite3_errmsg(check->source->handle));
    }
    return run;
}

/* The first lines of the kinds in `kinds` (a set of bits), or NULL. */
static const char *
summary(struct check *check, const struct check_run *run, unsigned kinds)
{
    AUTO_TEXT message = {0};
    size_t count = 0;
    for (size_t i = 0; i < run->line_count; i++) {
        if ((1U << check_line_kind(run->lines[i]) & kinds) == 0) {
            continue;
        }
        if (count < MESSAGE_LINES_MAX) {
            text_printf(&message, "%s%s", count == 0 ? "" : "; ", run->lines[i]);
        }
        count++;
    }
    if (count > MESSAGE_LINES_MAX) {
        text_printf(&message, "; and %zu more", count - MESSAGE_LINES_MAX);
    }
    return count == 0 ? NULL : arena_strdup(check->arena, text_string(&message));
}

static const struct source_index *
foreign_index(const struct source_table *table)
{
    for (size_t i = 0; i < table->index_count; i++) {
        for (size_t j = 0; j < table->indexes[i].column_count; j++) {
            if (!source_collation_is_builtin(table->indexes[i].columns[j].collation)) {
                return &table->indexes[i];
            }
        }
    }
    return NULL;
}

/* A collation that only the application knows orders an index or the key. */
static const char *
foreign_collation(const struct source_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct source_column *column = &table->columns[i];
        if (!source_collation_is_builtin(column->collation)) {
            return column->collation;
        }
    }
    const struct source_index *index = foreign_index(table);
    for (size_t i = 0; index != NULL && i < index->column_count; i++) {
        if (!source_collation_is_builtin(index->columns[i].collation)) {
            return index->columns[i].collation;
        }
    }
    return NULL;
}

static bool
any_foreign_collation(const struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (foreign_collation(&catalog->tables[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool
is_damage_code(int code)
{
    int primary = code & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_IOERR;
}

static void
report_run(struct check *check, const char *table, const struct check_run *run, unsigned damage)
{
    const char *message = summary(check, run, damage);
    if (message == NULL && is_damage_code(run->code)) {
        message = run->problem;
    }
    if (message != NULL) {
        add_finding(check, table, true, message);
    }
    message = summary(check, run, 1U << LINE_VALUE);
    if (message != NULL) {
        add_finding(check, table, false, message);
    }
}

static void
check_table(struct check *check, const struct source_table *table)
{
    const char *name = table->name.text;
    const char *collation = foreign_collation(table);
    unsigned damage = 1U << LINE_DAMAGE | (collation == NULL ? 1U << LINE_KEY_ORDER : 0);
    struct check_run run = run_pragma(check, name,
                                      collation == NULL ? check->depth : CHECK_QUICK);
    if (run.code != SQLITE_OK && !is_damage_code(run.code)) {
        add_finding(check, name, false, run.problem);
        run = run_pragma(check, name, CHECK_QUICK); /* calls no index's functions */
    }
    report_run(check, name, &run, damage);
    if (collation != NULL && check->depth == CHECK_FULL) {
        add_finding(check, name, false,
                    arena_printf(check->arena,
                                 "the order by collation \"%s\" was not checked: only the "
                                 "application knows it",
                                 collation));
    }
}

static bool
check_tables(struct check *check, struct error *err)
{
    for (size_t i = 0; i < check->catalog->table_count; i++) {
        if (!stop_check(err)) {
            return false;
        }
        if (check->catalog->tables[i].query == NULL) {
            check_table(check, &check->catalog->tables[i]);
        }
        progress_item_add(&check->item, 1);
    }
    return stop_check(err);
}

/* What the run over the whole file has found that no table accounts for. */
static void
report_file(struct check *check, const struct check_run *whole)
{
    unsigned kinds = 1U << LINE_FREE_LIST;
    if (!check->report->damaged) {
        kinds |= 1U << LINE_DAMAGE | 1U << LINE_UNUSED;
        kinds |= any_foreign_collation(check->catalog) ? 0 : 1U << LINE_KEY_ORDER;
    }
    const char *message = summary(check, whole, kinds);
    if (message != NULL) {
        add_finding(check, NULL, true, message);
    } else if (is_damage_code(whole->code) && !check->report->damaged) {
        add_finding(check, NULL, true, whole->problem);
    }
}

static bool
is_clean(const struct check_run *run)
{
    for (size_t i = 0; i < run->line_count; i++) {
        if (check_line_kind(run->lines[i]) != LINE_NOTHING) {
            return false;
        }
    }
    return run->code == SQLITE_OK;
}

/* A sound file takes one run over the whole; only when that finds something is
 * each table asked for its part. */
static bool
check_everything(struct check *check, struct error *err)
{
    bool foreign = check->depth == CHECK_FULL && any_foreign_collation(check->catalog);
    struct check_run whole = run_pragma(check, NULL, foreign ? CHECK_QUICK : check->depth);
    int primary = whole.code & 0xff;
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_CANTOPEN) {
        return source_failed(check->source, err, "check %s", source_shown(check->source));
    }
    if (!stop_check(err)) {
        return false;
    }
    if (is_clean(&whole) && !foreign) {
        return true;
    }
    if (whole.code != SQLITE_OK && !is_damage_code(whole.code)) {
        whole = run_pragma(check, NULL, CHECK_QUICK);
    }
    if (!check_tables(check, err)) {
        return false;
    }
    report_file(check, &whole);
    return true;
}

bool
source_check(const struct check_request *request, struct arena *arena,
             struct check_report *report, struct error *err)
{
    struct source *source = request->source;
    *report = (struct check_report){0};
    struct check check = {
        .source = source,
        .catalog = request->catalog,
        .depth = request->depth,
        .arena = arena,
        .report = report,
        .item = {.name = path_base(source_shown(source)),
                 .units_total = request->catalog->table_count},
    };
    progress_begin(request->progress, "check", "tables", &check.item, 1);
    progress_item_set(&check.item, PROGRESS_RUNNING);
    struct check_watch *watch = check_watch_start(source->handle);
    bool checked = check_everything(&check, err);
    check_watch_stop(watch);
    if (checked && source->damage[0] != '\0') {
        add_finding(&check, NULL, true, arena_strdup(arena, source->damage));
    }
    progress_item_set(&check.item, checked ? PROGRESS_DONE : PROGRESS_FAILED);
    progress_end(request->progress);
    return checked;
}
