/* build_objects.c — what is no ordinary table: each is named with the reason. */
#include "planner/builder.h"

static const struct {
    const char *kind;
    const char *reason; /* NULL: not worth a word */
} objects[] = {
    [OBJECT_VIEW] = {"view", "create it by hand"},
    [OBJECT_TRIGGER] = {"trigger", "triggers are not translated; create it by hand"},
    [OBJECT_VIRTUAL_TABLE] =
        {"virtual table", "its module exists in SQLite only; its rows come over where a plan "
                          "file names it"},
    [OBJECT_SHADOW_TABLE] = {"shadow table", "storage of a virtual table"},
    [OBJECT_INTERNAL_TABLE] = {"internal table", NULL}, /* SQLite's statistics, ... */
};

static void
note_object(struct builder *builder, const struct source_object *object)
{
    if (objects[object->kind].reason == NULL ||
        (object->kind == OBJECT_VIRTUAL_TABLE &&
         catalog_find_table(builder->catalog, object->name) >= 0)) {
        return; /* or it comes over as a table, because the plan file says so */
    }
    const char *obstacle = NULL;
    if (object->kind == OBJECT_VIEW && (obstacle = build_view(builder, object)) == NULL) {
        return;
    }
    if (object->kind == OBJECT_VIRTUAL_TABLE && build_fulltext(builder, object)) {
        return;
    }
    const struct plan_note note = {.kind = NOTE_NOT_CARRIED,
                                   .object_kind = objects[object->kind].kind,
                                   .name = object->name,
                                   .sql = object->sql};
    if (object->kind == OBJECT_SHADOW_TABLE && object->table != NULL) {
        builder_note(builder, &note, "storage of the virtual table %s", object->table);
    } else if (obstacle != NULL) {
        builder_note(builder, &note, "%s: %s", obstacle, objects[object->kind].reason);
    } else if (object->kind == OBJECT_TRIGGER && object->table != NULL) {
        builder_note(builder, &note, "on %s: %s", object->table, objects[object->kind].reason);
    } else {
        builder_note(builder, &note, "%s", objects[object->kind].reason);
    }
}

static void
note_unread(struct builder *builder, const struct source_table *table)
{
    const struct plan_note note = {.kind = NOTE_NOT_CARRIED,
                                   .object_kind = "table text",
                                   .name = table->name.text,
                                   .sql = table->sql};
    builder_note(builder, &note,
                 "its rows, keys and indexes come over, but its text could not be read "
                 "for CHECKs, collations and generated columns: %s",
                 table->problem);
}

void
build_objects(struct builder *builder)
{
    for (size_t i = 0; i < builder->catalog->table_count; i++) {
        const struct source_table *table = &builder->catalog->tables[i];
        if (table->problem != NULL && builder->plan->tables[i].problem == NULL) {
            note_unread(builder, table);
        }
    }
    for (size_t i = 0; i < builder->catalog->object_count; i++) {
        note_object(builder, &builder->catalog->objects[i]);
    }
}
