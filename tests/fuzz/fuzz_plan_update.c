/* fuzz_plan_update.c — any plan file brought up to date: what comes of it is a plan, names all
 * that the source has, and is not changed by being brought up to date again. */
#include "fuzz.h"
#include "planfile/plan_update.h"

#include <stdlib.h>
#include <string.h>

static const char fresh_text[] = "version: 1\n"
                                 "sources: {app: app.db}\n"
                                 "tables:\n"
                                 "  - from: app.a   # 1 row\n"
                                 "    to: public.a\n"
                                 "    columns:\n"
                                 "      id: {type: bigint}   # a reason\n"
                                 "      x: {type: text}\n"
                                 "  - from: app.b   # 2 rows\n"
                                 "    to: public.b\n"
                                 "    columns:\n"
                                 "      y: {type: uuid}\n"
                                 "\n"
                                 "# does not come over:\n"
                                 "#   view v: it is odd\n";

/* Tables a (id, x) and b (y). */
static struct catalog *
make_catalog(struct arena *arena)
{
    static const char *const columns[][2] = {{"id", "x"}, {"y", NULL}};
    struct catalog *catalog = arena_alloc(arena, sizeof *catalog);
    catalog->table_count = 2;
    catalog->tables = arena_alloc(arena, 2 * sizeof *catalog->tables);
    for (size_t i = 0; i < 2; i++) {
        struct source_table *table = &catalog->tables[i];
        table->name.text = i == 0 ? "a" : "b";
        table->column_count = columns[i][1] == NULL ? 1 : 2;
        table->columns = arena_alloc(arena, table->column_count * sizeof *table->columns);
        for (size_t c = 0; c < table->column_count; c++) {
            table->columns[c].name.text = columns[i][c];
        }
    }
    return catalog;
}

/* By source: only "app" was looked at. NULL: the plan has no such source. */
static const struct catalog **
catalogs_of(struct arena *arena, const struct plan_file *file)
{
    const struct catalog **catalogs = arena_alloc(arena, file->source_count * sizeof *catalogs);
    for (size_t i = 0; i < file->source_count; i++) {
        if (strcmp(file->sources[i].name.text, "app") == 0) {
            catalogs[i] = make_catalog(arena);
            return catalogs;
        }
    }
    return NULL;
}

/* False: it is no plan that can be brought up to date. */
static bool
update(struct arena *arena, const char *given, size_t size, struct text *yaml)
{
    struct plan_update update;
    struct error err = {0};
    AUTO_TEXT fresh = {0};
    if (!plan_update_open(arena, "p", given, size, &update, &err)) {
        return false;
    }
    const struct catalog **catalogs = catalogs_of(arena, &update.old.file);
    if (catalogs == NULL) {
        return false;
    }
    plan_update_look(&update, catalogs);
    if (strlen(update.edits) != update.old.size) {
        abort();
    }
    text_add(&fresh, fresh_text);
    plan_text_mark(&fresh, NULL, NULL);
    return plan_update_merge(&update, &fresh, yaml, &err);
}

static bool
same(const struct text *a, const struct text *b)
{
    return a->length == b->length && memcmp(text_string(a), text_string(b), a->length) == 0;
}

/* A person's line that is one of outgrow's moves with them: not what is tested here. */
static bool
holds_our_notes(const uint8_t *data, size_t size)
{
    static const char *const ours[] = {"does not come over", "it is odd"};
    return memmem(data, size, ours[0], strlen(ours[0])) != NULL ||
           memmem(data, size, ours[1], strlen(ours[1])) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA arena = {0};
    AUTO_TEXT once = {0};
    AUTO_TEXT twice = {0};
    if (memchr(data, '\0', size) != NULL || holds_our_notes(data, size) ||
        !update(&arena, (const char *)data, size, &once)) {
        return 0;
    }
    if (!update(&arena, text_string(&once), once.length, &twice) || !same(&once, &twice)) {
        abort();
    }
    return 0;
}
