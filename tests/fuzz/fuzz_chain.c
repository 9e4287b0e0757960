/* fuzz_chain.c — any bytes as a chain's template, and as JSON to be hashed.
 *
 * Besides not crashing: a template that is taken, written out again from its parts, is the
 * same parts; JSON spelled for hashing stays as it is when spelled again, and means what
 * the canonical form of jsonb says it meant before. */
#include "canonical/json.h"
#include "fuzz.h"
#include "planfile/chain_rule.h"
#include "verify/chain_json.h"

#include <stdlib.h>
#include <string.h>

static void
expect(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
write_literal(struct text *out, const struct chain_part *part)
{
    for (size_t i = 0; i < part->literal_size; i++) {
        char c = part->literal[i];
        text_add_char(out, c);
        if (c == '{' || c == '}') {
            text_add_char(out, c);
        }
    }
}

static void
write_template(struct text *out, const struct chain_rule *rule)
{
    static const char *const forms[] = {":text", ":json", ":quoted", ":hex"};
    for (size_t i = 0; i < rule->part_count; i++) {
        const struct chain_part *part = &rule->parts[i];
        if (part->literal != NULL) {
            write_literal(out, part);
        } else {
            text_printf(out, "{%s%s}", part->column == NULL ? "previous" : part->column,
                        forms[part->form]);
        }
    }
}

static void
expect_same_part(const struct chain_part *a, const struct chain_part *b)
{
    expect((a->literal == NULL) == (b->literal == NULL));
    expect(a->literal == NULL || (a->literal_size == b->literal_size &&
                                  memcmp(a->literal, b->literal, a->literal_size) == 0));
    expect((a->column == NULL) == (b->column == NULL));
    expect(a->column == NULL || strcmp(a->column, b->column) == 0);
    expect(a->form == b->form);
}

static void
try_template(const char *over)
{
    AUTO_ARENA arena = {0};
    AUTO_TEXT written = {0};
    struct error err;
    struct chain_rule rule = {.over = over};
    if (!chain_rule_parse(&arena, &rule, &err)) {
        return;
    }
    write_template(&written, &rule);
    struct chain_rule again = {.over = text_string(&written)};
    expect(chain_rule_parse(&arena, &again, &err));
    expect(again.part_count == rule.part_count);
    for (size_t i = 0; i < rule.part_count; i++) {
        expect_same_part(&rule.parts[i], &again.parts[i]);
    }
}

static void
try_json(const uint8_t *data, size_t size)
{
    AUTO_TEXT once = {0};
    AUTO_TEXT twice = {0};
    AUTO_TEXT before = {0};
    AUTO_TEXT after = {0};
    struct canonical_json_scratch scratch = {0};
    if (!chain_json_add(&once, data, size)) {
        expect(once.length == 0);
        return;
    }
    expect(chain_json_add(&twice, (const uint8_t *)once.bytes, once.length));
    expect(once.length == twice.length && memcmp(once.bytes, twice.bytes, once.length) == 0);
    if (canonical_json_read(&before, &scratch, data, size)) {
        expect(canonical_json_read(&after, &scratch, (const uint8_t *)once.bytes, once.length));
        expect(before.length == after.length &&
               memcmp(before.bytes, after.bytes, before.length) == 0);
    }
    canonical_json_scratch_free(&scratch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA arena = {0};
    try_template(arena_strndup(&arena, (const char *)data, size));
    try_json(data, size);
    return 0;
}
