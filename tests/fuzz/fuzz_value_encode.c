/* fuzz_value_encode.c — one value of any class and bytes through profile/profile.h,
 * profile/choose.h and value/encode.h.
 *
 * Besides not crashing: the type chosen holds the value; a refusal adds nothing and
 * says why; a field's length is that of what was added; a profile survives JSON. */
#include "fuzz.h"
#include "profile/choose.h"
#include "value/encode.h"
#include "value/lossless.h"

#include <stdlib.h>
#include <string.h>

static void
require(bool holds)
{
    if (!holds) {
        abort();
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

static enum encode_outcome
encode(sqlite3_value *value, const struct value_type *type, enum bad_text bad_text)
{
    struct encode_settings settings = {.bad_text = bad_text};
    struct refusal refusal = {0};
    AUTO_TEXT row = {0};
    text_add(&row, "before");
    enum encode_outcome outcome = value_encoder(type->kind)(value, type, &settings, &row,
                                                            &refusal);
    require((outcome == ENCODE_OK) == (refusal.reason[0] == '\0'));
    if (outcome == ENCODE_REFUSED) {
        require(row.length == 6);
        return outcome;
    }
    const uint8_t *field = (const uint8_t *)row.bytes + 6;
    uint32_t length = (uint32_t)field[0] << 24 | (uint32_t)field[1] << 16 |
                      (uint32_t)field[2] << 8 | field[3];
    require(length == UINT32_MAX ? row.length == 10 : row.length == 10 + length);
    return outcome;
}

static void
choose_and_encode(sqlite3_value *value, const struct column_profile *profile)
{
    static const char *const declared[] = {
        "",        "DATETIME",   "DATE",    "TIME",         "JSON",       "UUID",
        "BOOLEAN", "VARCHAR(5)", "NUMERIC", "DECIMAL(6,2)", "TIMESTAMPTZ"};
    for (size_t i = 0; i < sizeof declared / sizeof *declared; i++) {
        for (int mode = TYPES_FAITHFUL; mode <= TYPES_EVOLVE; mode++) {
            struct source_column column = {.name = {.text = "created_at_uuid"},
                                           .type = declared[i],
                                           .affinity = i == 0 ? AFFINITY_BLOB
                                                              : AFFINITY_NUMERIC};
            struct type_request request = {.column = &column,
                                           .profile = profile,
                                           .mode = (enum types_mode)mode,
                                           .key = true};
            struct type_choice choice;
            type_choose(&request, &choice);
            require(choice.reason[0] != '\0');
            require(encode(value, &choice.type, BAD_TEXT_STRIP) != ENCODE_REFUSED);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    if (size == 0) {
        return 0;
    }
    require(sqlite3_open(":memory:", &database) == SQLITE_OK);
    require(sqlite3_prepare_v2(database, "SELECT ?1", -1, &statement, NULL) == SQLITE_OK);
    bind_value(statement, data, size);
    require(sqlite3_step(statement) == SQLITE_ROW);
    sqlite3_value *value = sqlite3_column_value(statement, 0);

    struct column_profile profile = {0};
    column_profile_add(&profile, value, 1, false);
    choose_and_encode(value, &profile);
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        (void)encode(value, &(struct value_type){.kind = (enum type_kind)kind},
                     BAD_TEXT_SET_ASIDE);
    }
    AUTO_TEXT lossless = {0};
    lossless_add_value(&lossless, value, false);
    json_t *json = column_profile_to_json(&profile);
    struct column_profile back;
    require(column_profile_from_json(json, &back));
    json_t *again = column_profile_to_json(&back);
    require(json_equal(json, again));
    json_decref(json);
    json_decref(again);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return 0;
}
