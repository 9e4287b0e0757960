/* fuzz_value_decode.c — there and back: one value of any class through value/encode.h and
 * value/decode.h in its own form must be what it was, where value_exactness says so; and
 * any bytes as a field of any type are decoded or refused. */
#include "fuzz.h"
#include "value/decode.h"

#include <stdlib.h>
#include <string.h>

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const char *const words[] = {"a", "", "on hold", NULL};

static struct copy_field
field_of(const struct text *row)
{
    const uint8_t *bytes = (const uint8_t *)row->bytes;
    uint32_t size = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                    (uint32_t)bytes[2] << 8 | bytes[3];
    return (struct copy_field){size == UINT32_MAX ? NULL : bytes + 4, (int32_t)size};
}

/* NaN is the same as itself here, and -0 is not 0. */
static uint64_t
bits_of(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

static bool
is_same(sqlite3_value *value, const struct sqlite_value *back)
{
    if (sqlite3_value_type(value) != back->storage_class) {
        return false;
    }
    switch (back->storage_class) {
    case SQLITE_INTEGER: return sqlite3_value_int64(value) == back->integer;
    case SQLITE_FLOAT: return bits_of(sqlite3_value_double(value)) == bits_of(back->real);
    case SQLITE_NULL: return true;
    default:
        return (size_t)sqlite3_value_bytes(value) == back->size &&
               (back->size == 0 ||
                memcmp(sqlite3_value_blob(value), back->bytes, back->size) == 0);
    }
}

static void
check_round_trip(sqlite3_value *value, const struct value_type *type)
{
    const struct encode_settings settings = {.bad_text = BAD_TEXT_SET_ASIDE};
    struct refusal refusal = {0};
    struct source_form form;
    struct sqlite_value back;
    AUTO_TEXT row = {0};
    AUTO_TEXT scratch = {0};
    struct exactness_note note = value_exactness(type, sqlite3_value_type(value));
    if (value_encoder_of(type)(value, type, &settings, &row, &refusal) != ENCODE_OK) {
        return;
    }
    require(sqlite3_value_type(value) == SQLITE_NULL || note.exactness != EXACT_NEVER);
    struct copy_field field = field_of(&row);
    source_form_of(value, type, false, &form);
    require(value_decode(&field, type, &form, &scratch, &back, &refusal));
    require(note.exactness > EXACT_IN_FORM || form.irregular || is_same(value, &back));
    form = (struct source_form){0};
    require(value_decode(&field, type, &form, &scratch, &back, &refusal));
}

static void
check_kind(sqlite3_value *value, enum type_kind kind)
{
    bool counts = kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ || kind == TYPE_DATE;
    struct value_type type = {.kind = kind, .labels = words};
    if (kind == TYPE_INTERVAL) {
        for (int unit = INTERVAL_NONE; unit < INTERVAL_UNIT_COUNT; unit++) {
            type.interval_unit = (enum interval_unit)unit;
            check_round_trip(value, &type);
        }
        return;
    }
    for (int epoch = EPOCH_NONE; epoch < (counts ? EPOCH_UNIT_COUNT : 1); epoch++) {
        type.epoch = (enum epoch_unit)epoch;
        check_round_trip(value, &type);
    }
}

static void
decode_any(const uint8_t *data, size_t size)
{
    struct source_form form = {0};
    for (size_t i = 0; i < FORM_FIELD_COUNT && i < size; i++) {
        form.of[i] = data[i] % FORM_OPTION_COUNT;
    }
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        struct copy_field field = {data, (int32_t)size};
        struct value_type type = {.kind = (enum type_kind)kind, .epoch = EPOCH_JULIAN};
        struct sqlite_value back;
        struct refusal refusal = {0};
        AUTO_TEXT scratch = {0};
        bool decoded = value_decode(&field, &type, &form, &scratch, &back, &refusal);
        require(decoded == (refusal.reason[0] == '\0'));
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
    for (int kind = 0; kind < TYPE_KIND_COUNT; kind++) {
        check_kind(sqlite3_column_value(statement, 0), (enum type_kind)kind);
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    decode_any(data + 1, size - 1);
    return 0;
}
