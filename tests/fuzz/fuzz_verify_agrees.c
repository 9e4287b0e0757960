/* fuzz_verify_agrees.c — what the copy stores, verification takes for the same: one
 * value of any class through value/encode.h, and its field beside the value through
 * canonical/canonical.h. Two readings of one rule that share no code. */
#include "canonical/canonical.h"
#include "fuzz.h"
#include "value/encode.h"
#include "value/zone.h"

#include <stdlib.h>
#include <string.h>

struct case_of {
    sqlite3_value *value;
    struct value_type type;
    enum bad_text bad_text;
    bool utf16;
};

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A jsonb as the server prints it, whatever it came in as; by verification's own reader, as
 * there is no server here: that this is how it prints is shown by test_json_with_server.c. */
static struct copy_field
print_jsonb(const struct copy_field *field, struct text *printed)
{
    struct canonical_json_scratch scratch = {0};
    text_add_char(printed, CANONICAL_JSONB_VERSION);
    require(field->size > 0 && field->bytes[0] == CANONICAL_JSONB_VERSION);
    require(canonical_json_read(printed, &scratch, field->bytes + 1, (size_t)field->size - 1));
    canonical_json_scratch_free(&scratch);
    return (struct copy_field){(const uint8_t *)printed->bytes, (int32_t)printed->length};
}

/* The field as the server would send it back. */
static struct copy_field
field_of(const struct text *row)
{
    const uint8_t *bytes = (const uint8_t *)row->bytes;
    uint32_t size = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                    (uint32_t)bytes[2] << 8 | bytes[3];
    require(size == UINT32_MAX ? row->length == 4 : row->length == 4 + size);
    return (struct copy_field){size == UINT32_MAX ? NULL : bytes + 4, (int32_t)size};
}

static void
require_same(const struct case_of *one, const struct text *row)
{
    struct canonical_settings settings = {one->utf16, one->bad_text};
    struct canonical_scratch source_scratch = {0};
    struct canonical_scratch target_scratch = {0};
    struct canonical source = {0};
    struct canonical target = {0};
    AUTO_TEXT printed = {0};
    struct copy_field field = field_of(row);
    if (one->type.kind == TYPE_JSONB && field.bytes != NULL) {
        field = print_jsonb(&field, &printed);
    }
    enum canonical_state a = canonical_source(one->value, &one->type, &settings,
                                              &source_scratch, &source);
    enum canonical_state b = canonical_target(&field, &one->type, &target_scratch, &target);
    require(a == b && a != CANONICAL_UNFIT);
    require(a == CANONICAL_NULL ||
            (source.size == target.size &&
             (source.size == 0 || memcmp(source.bytes, target.bytes, source.size) == 0)));
    canonical_scratch_free(&source_scratch);
    canonical_scratch_free(&target_scratch);
}

static void
check(const struct case_of *one)
{
    struct encode_settings settings = {.utf16 = one->utf16, .bad_text = one->bad_text};
    struct refusal refusal = {0};
    AUTO_TEXT row = {0};
    if (value_encoder_of(&one->type)(one->value, &one->type, &settings, &row, &refusal) !=
        ENCODE_REFUSED) {
        require_same(one, &row);
    }
}

/* The first byte says which class; the rest are the value. */
static void
bind_value(sqlite3_stmt *statement, const uint8_t *data, size_t size)
{
    uint64_t bits = 0;
    memcpy(&bits, data + 1, size - 1 < sizeof bits ? size - 1 : sizeof bits);
    double real;
    memcpy(&real, &bits, sizeof real);
    const char *bytes = (const char *)data + 1;
    switch (data[0] % 4) {
    case 0: sqlite3_bind_int64(statement, 1, (sqlite3_int64)bits); break;
    case 1: sqlite3_bind_double(statement, 1, real); break;
    case 2: sqlite3_bind_blob(statement, 1, bytes, (int)size - 1, SQLITE_STATIC); break;
    default: sqlite3_bind_text(statement, 1, bytes, (int)size - 1, SQLITE_STATIC); break;
    }
}

static const struct zone *zones[4];

/* Once for all inputs: zones with many changes, odd rules, and none. */
static void
open_zones(void)
{
    static struct arena arena;
    static const char *const names[] = {"America/New_York", "Europe/Dublin",
                                        "Australia/Lord_Howe", "-03:30"};
    struct error err;
    for (size_t i = 0; zones[0] == NULL && i < 4; i++) {
        if (!zone_open(&arena, names[i], &zones[3 - i], &err)) {
            return; /* no tzdata: without */
        }
    }
}

/* What a plan can ask for, one after another. */
static void
check_plan_types(sqlite3_value *value, bool utf16)
{
    static const char *const words[] = {"a", "", "NULL", "1", NULL};
    static const struct uuid_rule rule = {{1, 2, 3}, "t"};
    const struct value_type types[] = {
        {.kind = TYPE_UUID, .uuid_rule = &rule},
        {.kind = TYPE_UUID, .uuid_rule = &rule, .null_texts = words},
        {.kind = TYPE_TEXT, .null_texts = words},
        {.kind = TYPE_BIGINT, .null_texts = words},
        {.kind = TYPE_ENUM, .labels = words},
        {.kind = TYPE_CHAR, .length = 3},
        {.kind = TYPE_TEXT_ARRAY, .element_oid = 1043},
        {.kind = TYPE_TIMESTAMPTZ, .zone = zones[0]},
        {.kind = TYPE_TIMESTAMPTZ, .zone = zones[1]},
        {.kind = TYPE_TIMESTAMPTZ, .zone = zones[2]},
        {.kind = TYPE_TIMESTAMPTZ, .zone = zones[3], .round = true},
        {.kind = TYPE_TIMESTAMP, .tick_us = 1000},
        {.kind = TYPE_TIMESTAMPTZ, .tick_us = 1000, .round = true},
        {.kind = TYPE_TIMESTAMP, .tick_us = 1000000, .round = true},
        {.kind = TYPE_TIME, .tick_us = 1000, .round = true},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        check(&(struct case_of){value, types[i], BAD_TEXT_STRIP, utf16});
    }
    for (int unit = INTERVAL_NONE; unit < INTERVAL_UNIT_COUNT; unit++) {
        for (int round = 0; round < 2; round++) {
            check(&(struct case_of){value,
                                    {.kind = TYPE_INTERVAL,
                                     .interval_unit = (enum interval_unit)unit,
                                     .tick_us = round ? 1000 : 0,
                                     .round = round != 0},
                                    BAD_TEXT_SET_ASIDE,
                                    utf16});
        }
    }
}

static void
check_all_types(sqlite3_value *value, bool utf16)
{
    open_zones();
    check_plan_types(value, utf16);
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        bool counts = kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ || kind == TYPE_DATE;
        for (int epoch = EPOCH_NONE; epoch <= (counts ? EPOCH_JULIAN : EPOCH_NONE); epoch++) {
            check(&(struct case_of){
                value,
                {.kind = (enum type_kind)kind, .epoch = (enum epoch_unit)epoch, .round = true},
                BAD_TEXT_SET_ASIDE,
                utf16});
            for (int bad = BAD_TEXT_SET_ASIDE; bad <= BAD_TEXT_STRIP; bad++) {
                check(&(struct case_of){
                    value,
                    {.kind = (enum type_kind)kind, .epoch = (enum epoch_unit)epoch},
                    (enum bad_text)bad,
                    utf16});
            }
        }
    }
}

static void
check_in_encoding(const uint8_t *data, size_t size, const char *pragma, const char *expression)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    require(sqlite3_open(":memory:", &database) == SQLITE_OK);
    require(sqlite3_exec(database, pragma, NULL, NULL, NULL) == SQLITE_OK);
    require(sqlite3_prepare_v2(database, expression, -1, &statement, NULL) == SQLITE_OK);
    bind_value(statement, data, size);
    require(sqlite3_step(statement) == SQLITE_ROW);
    check_all_types(sqlite3_column_value(statement, 0), strstr(pragma, "16") != NULL);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    check_in_encoding(data, size, "PRAGMA encoding = 'UTF-8'", "SELECT ?1");
    /* A blob cast to text keeps its bytes, so that broken UTF-16 comes up too. */
    bool raw = data[0] % 4 == 2;
    const char *expression = raw ? "SELECT CAST(?1 AS TEXT)" : "SELECT ?1";
    check_in_encoding(data, size, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a)",
                      expression);
    check_in_encoding(data, size, "PRAGMA encoding = 'UTF-16be'; CREATE TABLE t (a)",
                      expression);
    return 0;
}
