/* encode_other.c — inet, cidr, interval, enum. */
#include "value/field.h"
#include "value/inet.h"
#include "value/interval.h"
#include "value/ticks.h"
#include "value/utf8.h"

enum { FAMILY_4 = 2, FAMILY_6 = 3 /* PGSQL_AF_INET, PGSQL_AF_INET6 */ };

enum encode_outcome
encode_inet(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    int storage_class = sqlite3_value_type(value);
    bool cidr = type->kind == TYPE_CIDR;
    struct inet inet;
    if (storage_class == SQLITE_NULL) {
        return field_null(row);
    }
    if (storage_class != SQLITE_TEXT) {
        return refuse_class(refusal, value, type);
    }
    struct cell_bytes text = plain_text(value, settings);
    if (!inet_parse(text.bytes, text.size, &inet)) {
        return refuse(refusal, "text is no IPv4 or IPv6 address, with or without /n");
    }
    if (cidr && !inet_is_network(&inet)) {
        return refuse(refusal, "address has bits set behind its mask /%u, which cidr refuses",
                      inet.bits);
    }
    uint8_t *out = field_begin(row, 4 + inet.size);
    out[0] = inet.size == INET_SIZE_4 ? FAMILY_4 : FAMILY_6;
    out[1] = (uint8_t)inet.bits;
    out[2] = cidr;
    out[3] = (uint8_t)inet.size;
    memcpy(out + 4, inet.address, inet.size);
    return ENCODE_OK;
}

static bool
read_interval(sqlite3_value *value, const struct value_type *type,
              const struct encode_settings *settings, struct interval *interval,
              struct refusal *refusal)
{
    struct cell_bytes text;
    enum interval_form form;
    int storage_class = sqlite3_value_type(value);
    bool number = storage_class == SQLITE_INTEGER || storage_class == SQLITE_FLOAT;
    if (storage_class == SQLITE_BLOB || (number && type->interval_unit == INTERVAL_NONE)) {
        refuse_class(refusal, value, type);
        return false;
    }
    if (storage_class == SQLITE_TEXT) {
        text = plain_text(value, settings);
        if (interval_parse(text.bytes, text.size, interval, &form)) {
            return true;
        }
        refuse(refusal, "text is no interval, as P1DT2H, 26:00:00 or 1 day 02:00:00");
        return false;
    }
    bool exact = storage_class == SQLITE_INTEGER
                     ? interval_of_integer(sqlite3_value_int64(value), type->interval_unit,
                                           interval)
                     : interval_of_real(sqlite3_value_double(value), type->interval_unit,
                                        type->round, interval);
    if (!exact) {
        refuse(refusal, "number of %s is not exact to the microsecond, or beyond the range",
               interval_unit_name(type->interval_unit));
    }
    return exact;
}

enum encode_outcome
encode_interval(sqlite3_value *value, const struct value_type *type,
                const struct encode_settings *settings, struct text *row,
                struct refusal *refusal)
{
    struct interval interval;
    if (sqlite3_value_type(value) == SQLITE_NULL) {
        return field_null(row);
    }
    if (!read_interval(value, type, settings, &interval, refusal)) {
        return ENCODE_REFUSED;
    }
    if (!ticks_fit(&interval.microseconds, type->tick_us, type->round)) {
        return refuse_tick(refusal, type);
    }
    uint8_t *out = field_begin(row, 16);
    put_int64(out, (uint64_t)interval.microseconds);
    put_int32(out + 8, (uint32_t)interval.days);
    put_int32(out + 12, (uint32_t)interval.months);
    return ENCODE_OK;
}

static bool
is_label(const struct value_type *type, struct cell_bytes text)
{
    for (const char *const *label = type->labels; label != NULL && *label != NULL; label++) {
        if (strlen(*label) == text.size && memcmp(*label, text.bytes, text.size) == 0) {
            return text.broken_utf16 == 0;
        }
    }
    return false;
}

/* The start of a text, if it is printable. */
static int
shown_size(struct cell_bytes text)
{
    enum { SHOWN_MAX = 40 };
    size_t characters;
    size_t size = text.size < SHOWN_MAX ? text.size : SHOWN_MAX;
    return text.broken_utf16 != 0 ? 0 : (int)utf8_valid_prefix(text.bytes, size, &characters);
}

enum encode_outcome
encode_enum(sqlite3_value *value, const struct value_type *type,
            const struct encode_settings *settings, struct text *row, struct refusal *refusal)
{
    int storage_class = sqlite3_value_type(value);
    if (storage_class == SQLITE_NULL) {
        return field_null(row);
    }
    if (storage_class != SQLITE_TEXT) {
        return refuse_class(refusal, value, type);
    }
    struct cell_bytes text = cell_text(value, settings->utf16);
    if (!is_label(type, text)) {
        return refuse(refusal, "text \"%.*s\" is no label of %s", shown_size(text),
                      (const char *)text.bytes, type->name == NULL ? "the enum" : type->name);
    }
    return field_bytes(row, text.bytes, text.size);
}
