/* back_cell.c — one value of the target as the source writes it, or left as it stands there. */
#include "sync/back_internal.h"

#include <string.h>

enum { LENGTH_SIZE = 4, NUMERIC_HEADER = 8, NUMERIC_SCALE = 6 };

/* Digits, weight and sign, not how many zeros are shown behind the point. */
static bool
same_numeric(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    return a_size == b_size && a_size >= NUMERIC_HEADER && memcmp(a, b, NUMERIC_SCALE) == 0 &&
           memcmp(a + NUMERIC_HEADER, b + NUMERIC_HEADER, a_size - NUMERIC_HEADER) == 0;
}

static size_t
without_blanks(const uint8_t *bytes, size_t size)
{
    while (size > 0 && bytes[size - 1] == ' ') {
        size--;
    }
    return size;
}

static bool
same_field(enum type_kind kind, const uint8_t *a, size_t a_size, const uint8_t *b,
           size_t b_size)
{
    if (kind == TYPE_NUMERIC) {
        return same_numeric(a, a_size, b, b_size);
    }
    if (kind == TYPE_CHAR) {
        a_size = without_blanks(a, a_size);
        b_size = without_blanks(b, b_size);
    }
    return a_size == b_size && memcmp(a, b, a_size) == 0;
}

bool
back_cell_agrees(const struct back_column *column, sqlite3_value *value,
                 const struct copy_field *field, struct text *scratch)
{
    struct refusal refusal;
    text_reset(scratch);
    if (copied_column_encode(column->copied, value, scratch, &refusal) == ENCODE_REFUSED) {
        return false;
    }
    const uint8_t *bytes = (const uint8_t *)scratch->bytes + LENGTH_SIZE;
    bool null = scratch->length == LENGTH_SIZE && (uint8_t)scratch->bytes[0] == 0xFF;
    if (null || field->bytes == NULL) {
        return null && field->bytes == NULL;
    }
    return same_field(column->plan->type.kind, bytes, scratch->length - LENGTH_SIZE,
                      field->bytes, (size_t)field->size);
}

static int
nibble(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* x'00ff', as uuid_old_text writes a blob. */
static bool
read_blob(const struct copy_field *old, struct text *scratch)
{
    size_t size = (size_t)old->size;
    text_reset(scratch);
    text_reserve(scratch, size);
    if (size < 3 || size % 2 == 0 || memcmp(old->bytes, "x'", 2) != 0 ||
        old->bytes[size - 1] != '\'') {
        return false;
    }
    for (size_t i = 2; i + 1 < size; i += 2) {
        int high = nibble(old->bytes[i]);
        int low = nibble(old->bytes[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        text_add_char(scratch, (char)(high * 16 + low));
    }
    return true;
}

/* The key that a rule has made a uuid of: it has the class of the column's others. */
static bool
undo_uuid(const struct back_column *column, const struct copy_field *old, struct text *scratch,
          struct sqlite_value *value)
{
    static const struct value_type text_type = {.kind = TYPE_TEXT};
    struct refusal refusal;
    if (column->form.of[FORM_CLASS] == SQLITE_BLOB && read_blob(old, scratch)) {
        *value = (struct sqlite_value){.storage_class = SQLITE_BLOB,
                                       .bytes = (const uint8_t *)text_string(scratch),
                                       .size = scratch->length};
        return true;
    }
    return value_decode(old, &text_type, &column->form, scratch, value, &refusal);
}

bool
back_cell_decode(const struct back_shape *shape, size_t index, const struct copy_field *fields,
                 struct text *scratch, struct sqlite_value *value, struct error *err)
{
    const struct back_column *column = &shape->columns[index];
    struct refusal refusal;
    bool mapped = column->old_field != BACK_NO_FIELD && fields[column->old_field].bytes != NULL;
    if (mapped ? undo_uuid(column, &fields[column->old_field], scratch, value)
               : value_decode(&fields[column->field], &column->plan->type, &column->form,
                              scratch, value, &refusal)) {
        return true;
    }
    error_set(err, ERROR_TARGET, "%s.%s: %s", shape->live->plan->name, column->plan->name,
              mapped ? "an old id that cannot be read" : refusal.reason);
    return error_hint(err, "is the column's type still the one that the plan gave it?");
}

void
back_value_borrow(sqlite3_value *from, struct sqlite_value *value)
{
    *value = (struct sqlite_value){.storage_class = sqlite3_value_type(from)};
    switch (value->storage_class) {
    case SQLITE_INTEGER: value->integer = sqlite3_value_int64(from); return;
    case SQLITE_FLOAT: value->real = sqlite3_value_double(from); return;
    case SQLITE_TEXT: value->bytes = sqlite3_value_text(from); break;
    case SQLITE_BLOB: value->bytes = sqlite3_value_blob(from); break;
    default: return;
    }
    value->size = (size_t)sqlite3_value_bytes(from);
}

/* -0.0 is not 0.0 here, and a NaN is itself. */
static bool
same_bits(double a, double b)
{
    uint64_t of_a;
    uint64_t of_b;
    memcpy(&of_a, &a, sizeof of_a);
    memcpy(&of_b, &b, sizeof of_b);
    return of_a == of_b;
}

bool
back_value_equals(const struct sqlite_value *value, sqlite3_value *other)
{
    struct sqlite_value stored;
    if (value->storage_class != sqlite3_value_type(other)) {
        return false;
    }
    back_value_borrow(other, &stored);
    switch (value->storage_class) {
    case SQLITE_INTEGER: return value->integer == stored.integer;
    case SQLITE_FLOAT: return same_bits(value->real, stored.real);
    case SQLITE_NULL: return true;
    default: break;
    }
    return value->size == stored.size &&
           (value->size == 0 || memcmp(value->bytes, stored.bytes, value->size) == 0);
}

bool
back_value_is_stand_in(const struct sqlite_value *value, const struct value_type *type)
{
    static const char *const words[] = {"NaN", "infinity", "-infinity", "Infinity",
                                        "-Infinity"};
    switch ((int)type->kind) {
    case TYPE_DOUBLE:
    case TYPE_REAL:
    case TYPE_NUMERIC:
    case TYPE_DATE:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INTERVAL: break;
    default: return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (value->storage_class == SQLITE_TEXT && value->size == strlen(words[i]) &&
            memcmp(value->bytes, words[i], value->size) == 0) {
            return true;
        }
    }
    return false;
}
