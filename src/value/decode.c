/* decode.c — the table of decoders, and the plain ones. */
#include "value/decimal.h"
#include "value/decode_internal.h"
#include "value/field.h"
#include "value/lossless.h"
#include "value/uuid.h"

#include <math.h>

bool
give_integer(const struct decoding *decoding, int64_t integer)
{
    *decoding->value = (struct sqlite_value){.storage_class = SQLITE_INTEGER,
                                             .integer = integer};
    return true;
}

bool
give_real(const struct decoding *decoding, double real)
{
    *decoding->value = (struct sqlite_value){.storage_class = SQLITE_FLOAT, .real = real};
    return true;
}

bool
give_text(const struct decoding *decoding, const void *bytes, size_t size)
{
    *decoding->value = (struct sqlite_value){
        .storage_class = SQLITE_TEXT, .bytes = bytes, .size = size};
    return true;
}

bool
give_scratch(const struct decoding *decoding)
{
    return give_text(decoding, text_string(decoding->out), decoding->out->length);
}

static bool
give_blob(const struct decoding *decoding, const void *bytes, size_t size)
{
    *decoding->value = (struct sqlite_value){
        .storage_class = SQLITE_BLOB, .bytes = bytes, .size = size};
    return true;
}

static bool
read_real_text(const void *bytes, size_t size, double *real)
{
    char text[REAL_TEXT_SIZE + 1];
    char again[REAL_TEXT_SIZE];
    char *end;
    if (size == 0 || size > REAL_TEXT_SIZE) {
        return false;
    }
    memcpy(text, bytes, size);
    text[size] = '\0';
    *real = strtod(text, &end);
    return *end == '\0' && !isnan(*real) && real_to_text(*real, again) == size &&
           memcmp(text, again, size) == 0;
}

/* Text as the number that is written exactly so, when that is the column's class. */
static bool
give_text_or_number(const struct decoding *decoding, const void *bytes, size_t size)
{
    int64_t integer;
    double real;
    if (decoding->form->of[FORM_CLASS] == SQLITE_INTEGER &&
        decimal_to_integer(bytes, size, &integer)) {
        return give_integer(decoding, integer);
    }
    if (decoding->form->of[FORM_CLASS] == SQLITE_FLOAT && read_real_text(bytes, size, &real)) {
        return give_real(decoding, real);
    }
    return give_text(decoding, bytes, size);
}

/* bigint, integer, smallint. */
static bool
decode_whole(const struct decoding *decoding)
{
    const uint8_t *bytes = decoding->bytes;
    char digits[INTEGER_TEXT_SIZE];
    int64_t number;
    switch (decoding->size) {
    case 8: number = get_int64(bytes); break;
    case 4: number = (int32_t)get_uint32(bytes); break;
    case 2: number = (int16_t)get_uint16(bytes); break;
    default: return false;
    }
    double real = (double)number;
    switch (decoding->form->of[FORM_CLASS]) {
    case SQLITE_FLOAT:
        if (real < 0x1p63 && (int64_t)real == number) {
            return give_real(decoding, real);
        }
        break;
    case SQLITE_TEXT:
        text_add_bytes(decoding->out, digits, integer_to_text(number, digits));
        return give_scratch(decoding);
    default: break;
    }
    return give_integer(decoding, number);
}

static bool
decode_floating(const struct decoding *decoding)
{
    double real;
    if (decoding->size == 8) {
        int64_t bits = get_int64(decoding->bytes);
        memcpy(&real, &bits, sizeof real);
    } else if (decoding->size == 4) {
        uint32_t bits = get_uint32(decoding->bytes);
        float narrow;
        memcpy(&narrow, &bits, sizeof narrow);
        real = (double)narrow;
    } else {
        return false;
    }
    if (isnan(real)) {
        return give_text(decoding, "NaN", 3); /* which SQLite would store as NULL */
    }
    bool whole = decoding->form->of[FORM_CLASS] == SQLITE_INTEGER && real >= -0x1p63 &&
                 real < 0x1p63 && real == floor(real) && !(real == 0 && signbit(real));
    return whole ? give_integer(decoding, (int64_t)real) : give_real(decoding, real);
}

static void
add_letter(struct text *out, char c, bool upper)
{
    uint8_t letter = (uint8_t)c;
    text_add_char(out,
                  (char)(upper && letter >= 'a' && letter <= 'z' ? letter & 0xDF : letter));
}

static bool
decode_boolean(const struct decoding *decoding)
{
    static const char *const words[][2] = {{"0", "1"},        {"0", "1"}, {"f", "t"},
                                           {"false", "true"}, {"n", "y"}, {"no", "yes"},
                                           {"off", "on"}};
    const struct source_form *form = decoding->form;
    if (decoding->size != 1 || decoding->bytes[0] > 1) {
        return false;
    }
    if (form->of[FORM_CLASS] != SQLITE_TEXT || form->of[FORM_WORDS] > 6) {
        return give_integer(decoding, decoding->bytes[0]);
    }
    const char *word = words[form->of[FORM_WORDS]][decoding->bytes[0]];
    for (size_t i = 0; word[i] != '\0'; i++) {
        bool upper = form->of[FORM_CASE] == 2 || (form->of[FORM_CASE] == 3 && i == 0);
        add_letter(decoding->out, word[i], upper);
    }
    return give_scratch(decoding);
}

static bool
decode_text(const struct decoding *decoding)
{
    return give_text_or_number(decoding, decoding->bytes, decoding->size);
}

static bool
decode_char(const struct decoding *decoding)
{
    size_t size = decoding->size;
    while (size > 0 && decoding->bytes[size - 1] == ' ') {
        size--;
    }
    return give_text_or_number(decoding, decoding->bytes, size);
}

static bool
decode_bytea(const struct decoding *decoding)
{
    switch (decoding->form->of[FORM_CLASS]) {
    case SQLITE_TEXT: return give_text(decoding, decoding->bytes, decoding->size);
    case SQLITE_INTEGER:
    case SQLITE_FLOAT: give_text_or_number(decoding, decoding->bytes, decoding->size); break;
    default: return give_blob(decoding, decoding->bytes, decoding->size);
    }
    return decoding->value->storage_class != SQLITE_TEXT ||
           give_blob(decoding, decoding->bytes, decoding->size);
}

static bool
decode_uuid(const struct decoding *decoding)
{
    char text[UUID_TEXT_SIZE];
    const struct source_form *form = decoding->form;
    if (decoding->size != UUID_SIZE) {
        return false;
    }
    if (form->of[FORM_CLASS] == SQLITE_BLOB) {
        return give_blob(decoding, decoding->bytes, UUID_SIZE);
    }
    uuid_print(decoding->bytes, text);
    for (size_t i = 0; i < UUID_TEXT_SIZE; i++) {
        if (text[i] != '-' || form->of[FORM_HYPHENS] != 1) {
            add_letter(decoding->out, text[i], form->of[FORM_CASE] == 2);
        }
    }
    return give_scratch(decoding);
}

/* The server writes one blank behind each comma and colon. */
static bool
decode_jsonb(const struct decoding *decoding)
{
    if (decoding->size < 2 || decoding->bytes[0] != 1) {
        return false;
    }
    const uint8_t *json = decoding->bytes + 1;
    size_t size = decoding->size - 1;
    if (decoding->form->of[FORM_BLANKS] != 1) {
        return give_text_or_number(decoding, json, size);
    }
    bool inside = false;
    for (size_t i = 0; i < size; i++) {
        if (inside && json[i] == '\\' && i + 1 < size) {
            text_add_bytes(decoding->out, json + i, 2);
            i++;
            continue;
        }
        inside = json[i] == '"' ? !inside : inside;
        if (inside || json[i] != ' ') {
            text_add_char(decoding->out, (char)json[i]);
        }
    }
    return give_text_or_number(decoding, decoding->out->bytes, decoding->out->length);
}

static decode_function *
decoder_of(enum type_kind kind)
{
    static decode_function *const decoders[TYPE_KIND_COUNT] = {
        [TYPE_BIGINT] = decode_whole,        [TYPE_DOUBLE] = decode_floating,
        [TYPE_NUMERIC] = decode_numeric,     [TYPE_BOOLEAN] = decode_boolean,
        [TYPE_TEXT] = decode_text,           [TYPE_VARCHAR] = decode_text,
        [TYPE_BYTEA] = decode_bytea,         [TYPE_UUID] = decode_uuid,
        [TYPE_JSON] = decode_text,           [TYPE_JSONB] = decode_jsonb,
        [TYPE_DATE] = decode_date,           [TYPE_TIME] = decode_time,
        [TYPE_TIMESTAMP] = decode_timestamp, [TYPE_TIMESTAMPTZ] = decode_timestamp,
        [TYPE_INTEGER] = decode_whole,       [TYPE_SMALLINT] = decode_whole,
        [TYPE_REAL] = decode_floating,       [TYPE_CHAR] = decode_char,
        [TYPE_INET] = decode_inet,           [TYPE_CIDR] = decode_inet,
        [TYPE_INTERVAL] = decode_interval,   [TYPE_ENUM] = decode_text,
        [TYPE_CITEXT] = decode_text,         [TYPE_TEXT_ARRAY] = decode_array,
        [TYPE_BIGINT_ARRAY] = decode_array,  [TYPE_INTEGER_ARRAY] = decode_array,
    };
    return decoders[kind];
}

bool
value_decode(const struct copy_field *field, const struct value_type *type,
             const struct source_form *form, struct text *scratch, struct sqlite_value *value,
             struct refusal *refusal)
{
    if (field->bytes == NULL) {
        *value = (struct sqlite_value){.storage_class = SQLITE_NULL};
        return true;
    }
    text_reset(scratch);
    const struct decoding decoding = {field->bytes, (size_t)field->size, type, form, scratch,
                                      value};
    if (decoder_of(type->kind)(&decoding)) {
        return true;
    }
    AUTO_TEXT name = {0};
    value_type_print_short(type, &name);
    refuse(refusal, "field of %zu bytes is no %s", decoding.size, text_string(&name));
    return false;
}

int
sqlite_value_bind(sqlite3_stmt *statement, int parameter, const struct sqlite_value *value)
{
    switch (value->storage_class) {
    case SQLITE_INTEGER: return sqlite3_bind_int64(statement, parameter, value->integer);
    case SQLITE_FLOAT: return sqlite3_bind_double(statement, parameter, value->real);
    case SQLITE_TEXT:
        return sqlite3_bind_text64(statement, parameter, (const char *)value->bytes,
                                   value->size, SQLITE_STATIC, SQLITE_UTF8);
    case SQLITE_BLOB:
        return value->size == 0 ? sqlite3_bind_zeroblob(statement, parameter, 0)
                                : sqlite3_bind_blob64(statement, parameter, value->bytes,
                                                      value->size, SQLITE_STATIC);
    default: return sqlite3_bind_null(statement, parameter);
    }
}
