/* show.c — see show.h. */
#include "verify/show.h"

#include "canonical/decimal.h"
#include "canonical/inet.h"
#include "canonical/interval.h"
#include "canonical/moment.h"
#include "canonical/text.h"

enum { HEX_BESIDE_MAX = 24 /* short text that is not ASCII is shown in hex too */ };

static void
add_hex(struct text *out, const uint8_t *bytes, size_t size, size_t size_max)
{
    text_add(out, "x'");
    for (size_t i = 0; i < size && i < size_max; i++) {
        text_printf(out, "%02x", bytes[i]);
    }
    text_add_char(out, '\'');
    if (size > size_max) {
        text_printf(out, "... (%zu bytes)", size);
    }
}

/* One character or, where none begins, one byte. Returns the bytes used. */
static size_t
add_character(struct text *out, const uint8_t *bytes, size_t size)
{
    size_t length = canonical_text_character(bytes, size);
    if (length == 0 || bytes[0] < 0x20 || bytes[0] == 0x7F) {
        text_printf(out, "\\x%02x", bytes[0]);
        return 1;
    }
    if (bytes[0] == '\'') {
        text_add_char(out, '\'');
    }
    text_add_bytes(out, bytes, length);
    return length;
}

static void
add_text(struct text *out, const uint8_t *bytes, size_t size)
{
    bool ascii = true;
    size_t start = out->length;
    text_add_char(out, '\'');
    for (size_t at = 0; at < size;) {
        if (out->length - start >= SHOW_BYTES_MAX) {
            text_printf(out, "'... (%zu bytes)", size);
            return;
        }
        ascii &= bytes[at] < 0x80;
        at += add_character(out, bytes + at, size - at);
    }
    text_add_char(out, '\'');
    if (!ascii && size <= HEX_BESIDE_MAX) {
        text_add(out, " = ");
        add_hex(out, bytes, size, HEX_BESIDE_MAX);
    }
}

static void
show_source(struct text *out, sqlite3_value *value)
{
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        text_printf(out, "%lld", (long long)sqlite3_value_int64(value));
        return;
    case SQLITE_FLOAT: canonical_decimal_print_double(out, sqlite3_value_double(value)); return;
    case SQLITE_TEXT: {
        const uint8_t *bytes = sqlite3_value_text(value);
        add_text(out, bytes, (size_t)sqlite3_value_bytes(value));
        return;
    }
    default: {
        const uint8_t *bytes = sqlite3_value_blob(value);
        add_hex(out, bytes, (size_t)sqlite3_value_bytes(value), SHOW_BYTES_MAX / 2);
        return;
    }
    }
}

static void
add_uuid(struct text *out, const uint8_t *bytes)
{
    text_add_char(out, '\'');
    for (size_t i = 0; i < 16; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        text_printf(out, "%s%02x", dash ? "-" : "", bytes[i]);
    }
    text_add_char(out, '\'');
}

static void
add_moment(struct text *out, enum type_kind kind, const uint8_t *bytes)
{
    int64_t count = (int64_t)canonical_read_u64(bytes);
    bool from_2000 = kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ;
    if (from_2000 && __builtin_add_overflow(count, CANONICAL_1970_TO_2000_US, &count)) {
        add_hex(out, bytes, sizeof count, sizeof count);
        return;
    }
    text_add_char(out, '\'');
    if (kind == TYPE_DATE) {
        canonical_moment_print_date(out, count);
    } else if (kind == TYPE_TIME) {
        canonical_moment_print_time(out, count);
    } else {
        canonical_moment_print_timestamp(out, count);
    }
    text_add(out, kind == TYPE_TIMESTAMPTZ ? "+00'" : "'");
}

static void
add_double(struct text *out, const uint8_t *bytes)
{
    uint64_t bits = canonical_read_u64(bytes);
    double real;
    memcpy(&real, &bits, sizeof real);
    if (real != real) {
        text_add(out, "NaN");
        return;
    }
    canonical_decimal_print_double(out, real);
}

static void
add_numeric(struct text *out, const struct canonical *form)
{
    size_t start = out->length;
    canonical_decimal_print(out, form->bytes, form->size);
    if (out->length - start > SHOW_BYTES_MAX) {
        out->length = start + SHOW_BYTES_MAX;
        text_add(out, "...");
    }
}

static void
add_interval(struct text *out, const uint8_t *bytes)
{
    struct canonical_interval interval = {(int64_t)canonical_read_u64(bytes),
                                          (int64_t)canonical_read_u64(bytes + 8),
                                          (int64_t)canonical_read_u64(bytes + 16)};
    text_add_char(out, '\'');
    canonical_interval_print(out, &interval);
    text_add_char(out, '\'');
}

/* An array's form: 'z' is NULL; else a mark, a size, and a text or a decimal. */
static void
add_list(struct text *out, const uint8_t *bytes, size_t size)
{
    size_t start = out->length;
    text_add_char(out, '{');
    for (size_t at = 1; at + 1 < size;) {
        if (out->length - start >= SHOW_BYTES_MAX) {
            text_printf(out, "... (%zu bytes)", size);
            break;
        }
        text_add(out, at > 1 ? ", " : "");
        if (bytes[at] == 'z') {
            text_add(out, "NULL");
            at++;
            continue;
        }
        size_t length = (size_t)bytes[at + 1] << 24 | (size_t)bytes[at + 2] << 16 |
                        (size_t)bytes[at + 3] << 8 | bytes[at + 4];
        if (bytes[at] == 's') {
            add_text(out, bytes + at + 5, length);
        } else {
            canonical_decimal_print(out, bytes + at + 5, length);
        }
        at += 5 + length;
    }
    text_add_char(out, '}');
}

static void
show_form(struct text *out, enum type_kind kind, const struct canonical *form)
{
    switch (kind) {
    case TYPE_BIGINT:
    case TYPE_INTEGER:
    case TYPE_SMALLINT:
        text_printf(out, "%lld", (long long)canonical_read_u64(form->bytes));
        return;
    case TYPE_DOUBLE:
    case TYPE_REAL: add_double(out, form->bytes); return;
    case TYPE_NUMERIC: add_numeric(out, form); return;
    case TYPE_BOOLEAN: text_add(out, form->bytes[0] != 0 ? "true" : "false"); return;
    case TYPE_UUID: add_uuid(out, form->bytes); return;
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: add_moment(out, kind, form->bytes); return;
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_CHAR:
    case TYPE_CITEXT:
    case TYPE_ENUM:
    case TYPE_JSON: add_text(out, form->bytes, form->size); return;
    case TYPE_INTERVAL: add_interval(out, form->bytes); return;
    case TYPE_INET:
    case TYPE_CIDR: canonical_inet_print(out, form->bytes, form->size); return;
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: add_list(out, form->bytes, form->size); return;
    case TYPE_BYTEA:
    case TYPE_JSONB: add_hex(out, form->bytes, form->size, SHOW_BYTES_MAX / 2); return;
    }
}

static void
show_target(struct text *out, struct row_maker *maker, const struct shape *shape,
            const struct row *row, size_t column)
{
    const struct copy_field *field = &row->fields[column];
    enum type_kind kind = shape->columns[column].type->kind;
    struct canonical form = {0};
    if (verify_row_cell(maker, shape, row, column, &form) == CANONICAL_UNFIT) {
        add_hex(out, form.bytes, form.size, SHOW_BYTES_MAX / 2);
    } else if (kind == TYPE_JSONB) {
        add_text(out, field->bytes + 1, (size_t)field->size - 1); /* behind the version */
    } else {
        show_form(out, kind, &form);
    }
}

static bool
is_null(const struct shape *shape, const struct row *row, size_t column)
{
    if (row->scan == NULL) {
        return row->fields[column].bytes == NULL;
    }
    return sqlite3_value_type(scan_value(row->scan, shape->columns[column].source_column)) ==
           SQLITE_NULL;
}

static void
add_cell(struct text *out, struct row_maker *maker, const struct shape *shape,
         const struct row *row, size_t column)
{
    if (row->scan != NULL) {
        show_source(out, scan_value(row->scan, shape->columns[column].source_column));
    } else {
        show_target(out, maker, shape, row, column);
    }
}

const char *
show_cell(struct arena *arena, struct row_maker *maker, const struct shape *shape,
          const struct row *row, size_t column)
{
    if (is_null(shape, row, column)) {
        return NULL;
    }
    AUTO_TEXT out = {0};
    add_cell(&out, maker, shape, row, column);
    return arena_strdup(arena, text_string(&out));
}

const char *
show_key(struct arena *arena, struct row_maker *maker, const struct shape *shape,
         const struct row *row)
{
    AUTO_TEXT out = {0};
    size_t count = shape->key_count > 0 ? shape->key_count : shape->column_count;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && out.length >= SHOW_BYTES_MAX) {
            text_add(&out, ", ...");
            break;
        }
        text_printf(&out, "%s%s=", i > 0 ? ", " : "", shape->columns[i].name);
        if (is_null(shape, row, i)) {
            text_add(&out, "NULL");
        } else {
            add_cell(&out, maker, shape, row, i);
        }
    }
    return arena_strdup(arena, text_string(&out));
}
