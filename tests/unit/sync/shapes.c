/* shapes.c — see shapes.h. */
#include "shapes.h"

static void
make_sources(struct shape_fixture *f)
{
    static const char *const names[] = {"k", "v", "secret"};
    for (size_t i = 0; i < 3; i++) {
        f->sources[i] = (struct source_column){
            .name = {names[i], false}, .type = "", .collation = "BINARY"};
    }
    f->sources[2].not_null = true;
    f->sources[2].affinity = AFFINITY_TEXT;
    f->source = (struct source_table){.name = {"Order \"x\"", true},
                                      .columns = f->sources,
                                      .column_count = 3,
                                      .rowid_name = "rowid"};
}

static void
make_plan(struct shape_fixture *f, const struct value_type *key)
{
    f->columns[0] = (struct plan_column){
        .source = &f->sources[0], .source_position = 0, .name = "key", .type = *key};
    f->columns[1] = (struct plan_column){.source = &f->sources[1],
                                         .source_position = 1,
                                         .name = "v",
                                         .type = {.kind = TYPE_TEXT}};
    f->columns[2] = (struct plan_column){.source = &f->sources[0],
                                         .source_position = -1,
                                         .name = "_outgrow_rowid",
                                         .type = {.kind = TYPE_BIGINT},
                                         .rowid = true};
    f->plan = (struct plan_table){.source = &f->source,
                                  .schema = "shop",
                                  .name = "order",
                                  .columns = f->columns,
                                  .column_count = 3};
}

void
shape_make(struct shape_fixture *f, const struct value_type *key, bool hidden)
{
    *f = (struct shape_fixture){.stored = {0, 1, 2}};
    make_sources(f);
    make_plan(f, key);
    f->key_fields[0] = hidden ? 2 : 0;
    f->capture = (struct capture_table){.id = 7, .key_count = 1};
    f->live = (struct live_table){.plan = &f->plan,
                                  .source = &f->source,
                                  .capture = &f->capture,
                                  .key_fields = f->key_fields,
                                  .key_count = 1};
    int field = hidden ? BACK_FIRST_FIELD + 1 : BACK_FIRST_FIELD;
    bool mapped = key->uuid_rule != NULL;
    f->back[0] = (struct back_column){.plan = &f->columns[0],
                                      .key = hidden ? -1 : 0,
                                      .field = field,
                                      .old_field = mapped ? field + 1 : BACK_NO_FIELD};
    f->back[1] = (struct back_column){.plan = &f->columns[1],
                                      .stored = 1,
                                      .key = -1,
                                      .field = field + (mapped ? 2 : 1),
                                      .old_field = BACK_NO_FIELD};
    f->shape = (struct back_shape){.live = &f->live,
                                   .live_id = 3,
                                   .run_id = 11,
                                   .stored = f->stored,
                                   .stored_count = 3,
                                   .columns = f->back,
                                   .column_count = 2,
                                   .keys = f->keys,
                                   .hidden = hidden ? &f->columns[2] : NULL,
                                   .hidden_field = hidden ? BACK_FIRST_FIELD : BACK_NO_FIELD,
                                   .rowid = "rowid",
                                   .field_count = (size_t)f->back[1].field + 1};
}
