/* plan_text.c — see plan_text.h. */
#include "planfile/plan_text.h"

#include "base/hash.h"
#include "planfile/plan_rules.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MARK "#= "
static const char mark_head[] = "# How these lines were written: by it \"outgrow plan "
                                "--update\" tells its own from yours.\n";
enum { MARKS_PER_LINE = 10 };

static const struct yaml_node *
item_of(const struct yaml_node *mapping, const char *key)
{
    for (size_t i = 0; mapping->kind == YAML_MAPPING && i < mapping->count; i++) {
        if (strcmp(mapping->keys[i].text, key) == 0) {
            return &mapping->items[i];
        }
    }
    return NULL;
}

size_t
plan_text_line_start(const struct plan_text *plan, size_t at)
{
    while (at > 0 && plan->text[at - 1] != '\n') {
        at--;
    }
    return at;
}

size_t
plan_text_line_end(const struct plan_text *plan, size_t at)
{
    const char *end = at < plan->size ? memchr(plan->text + at, '\n', plan->size - at) : NULL;
    return end == NULL ? plan->size : (size_t)(end - plan->text) + 1;
}

/* The line of the entry's dash, which may stand above its first key. */
static size_t
entry_start(const struct plan_text *plan, const struct yaml_node *node)
{
    size_t at = node->start;
    while (at > 0 && strchr(" \t\r\n", plan->text[at - 1]) != NULL) {
        at--;
    }
    bool dash = at > 0 && plan->text[at - 1] == '-';
    return plan_text_line_start(plan, dash ? at - 1 : node->start);
}

static void
describe_table(struct arena *arena, struct plan_text *plan, const struct yaml_node *node,
               const struct plan_file_table *said, struct plan_text_table *table)
{
    const char *name = NULL;
    const struct yaml_node *columns = item_of(node, "columns");
    *table = (struct plan_text_table){
        .node = node,
        .said = said,
        .columns = columns != NULL && columns->kind == YAML_MAPPING ? columns : NULL,
        .source = plan_file_source_of(&plan->file, said, &name),
        .start = entry_start(plan, node),
        .end = plan_text_line_end(plan, node->end),
    };
    table->name = said->query.text == NULL ? name : NULL;
    bool named = table->source >= 0 && (size_t)table->source < plan->file.source_count;
    table->scope = table->name == NULL ? ""
                   : named             ? arena_printf(arena, "%s.%s",
                                                      plan->file.sources[table->source].name.text, name)
                                       : name;
}

static int
compare_marks(const void *a, const void *b)
{
    uint32_t left;
    uint32_t right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return left < right ? -1 : left > right ? 1 : 0;
}

bool
plan_text_is_mark(const struct plan_text *plan, size_t at)
{
    const char *line = plan->text + at;
    return strncmp(line, MARK, sizeof MARK - 1) == 0 ||
           strncmp(line, mark_head, sizeof mark_head - 1) == 0;
}

static void
read_marks(struct arena *arena, struct plan_text *plan)
{
    for (size_t at = 0; at < plan->size; at = plan_text_line_end(plan, at)) {
        if (strncmp(plan->text + at, MARK, sizeof MARK - 1) != 0) {
            continue;
        }
        const char *c = plan->text + at + sizeof MARK - 1;
        while (isxdigit((unsigned char)*c)) {
            char *end;
            *ARENA_APPEND(arena, plan->marks, plan->mark_count) = (uint32_t)strtoul(c, &end,
                                                                                    16);
            c = end + strspn(end, " ");
        }
    }
    if (plan->mark_count > 0) {
        qsort(plan->marks, plan->mark_count, sizeof *plan->marks, compare_marks);
    }
}

bool
plan_text_read(struct arena *arena, const char *path, const char *text, size_t size,
               struct plan_text *plan, struct error *err)
{
    bool whole = size == 0 || text[size - 1] == '\n';
    *plan = (struct plan_text){
        .text = whole ? arena_strndup(arena, text, size)
                      : arena_printf(arena, "%.*s\n", (int)size, text),
        .size = whole ? size : size + 1,
    };
    if (!plan_file_read_text(arena, path, plan->text, plan->size, &plan->file, err) ||
        !yaml_tree_read(arena, path, plan->text, plan->size, &plan->root, err)) {
        return false;
    }
    const struct yaml_node *list = item_of(&plan->root, "tables");
    plan->list = list != NULL && list->kind == YAML_SEQUENCE ? list : NULL;
    plan->tables = arena_alloc(arena, plan->file.table_count * sizeof *plan->tables);
    for (size_t i = 0; plan->list != NULL && i < plan->file.table_count; i++) {
        describe_table(arena, plan, &plan->list->items[i], &plan->file.tables[i],
                       &plan->tables[i]);
    }
    read_marks(arena, plan);
    return true;
}

const struct plan_text_table *
plan_text_table_at(const struct plan_text *plan, size_t at, size_t *cursor)
{
    while (*cursor < plan->file.table_count && plan->tables[*cursor].end <= at) {
        ++*cursor;
    }
    bool inside = *cursor < plan->file.table_count && plan->tables[*cursor].start <= at;
    return inside ? &plan->tables[*cursor] : NULL;
}

/* Of what the line says, in which table: neither its indentation nor the source's name
 * count. */
static uint32_t
mark_of(const struct plan_text *plan, const struct plan_text_table *table, size_t at)
{
    const char *scope = table == NULL || table->name == NULL ? "" : table->name;
    size_t end = plan_text_line_end(plan, at);
    while (at < end && strchr(" \t", plan->text[at]) != NULL) {
        at++;
    }
    uint64_t seed = XXH3_64bits(scope, strlen(scope));
    return (uint32_t)XXH3_64bits_withSeed(plan->text + at, end - at, seed);
}

static bool
holds_mark(const struct plan_text *plan, uint32_t mark)
{
    return plan->mark_count > 0 && bsearch(&mark, plan->marks, plan->mark_count,
                                           sizeof *plan->marks, compare_marks) != NULL;
}

bool
plan_text_is_ours(const struct plan_text *plan, const struct plan_text_table *table, size_t at)
{
    return holds_mark(plan, mark_of(plan, table, at));
}

/* Lines of which a mark is kept: those of the tables, and the comments behind them. */
static bool
is_marked(const struct plan_text *plan, const struct plan_text_table *table, size_t at)
{
    return table != NULL || (plan->text[at] == '#' && !plan_text_is_mark(plan, at));
}

void
plan_text_mark(struct text *yaml, const struct plan_text *first, const struct plan_text *second)
{
    AUTO_ARENA memory = {0};
    struct plan_text plan;
    struct error unimportant;
    size_t cursor = 0;
    size_t count = 0;
    if (!plan_text_read(&memory, "", text_string(yaml), yaml->length, &plan, &unimportant)) {
        return;
    }
    for (size_t at = 0; at < plan.size; at = plan_text_line_end(&plan, at)) {
        const struct plan_text_table *table = plan_text_table_at(&plan, at, &cursor);
        uint32_t mark = mark_of(&plan, table, at);
        bool ours = first == NULL || holds_mark(first, mark) || holds_mark(second, mark);
        if (!ours || !is_marked(&plan, table, at)) {
            continue;
        }
        if (count == 0) {
            text_printf(yaml, "\n%s", mark_head);
        }
        text_printf(yaml, "%s%08" PRIx32, count % MARKS_PER_LINE == 0 ? MARK : " ", mark);
        text_add(yaml, ++count % MARKS_PER_LINE == 0 ? "\n" : "");
    }
    text_add(yaml, count % MARKS_PER_LINE == 0 ? "" : "\n");
}
