/* exactness.c — which conversions can be undone; docs/conversions.md is this in a table. */
#include "value/decode.h"

static struct exactness_note
note(enum exactness exactness, const char *words)
{
    return (struct exactness_note){exactness, words};
}

/* What whole numbers and reals share where they count something. */
static struct exactness_note
of_counted(int storage_class)
{
    return storage_class == SQLITE_FLOAT ? note(EXACT_IN_PART, "-0.0 comes back as 0.0")
                                         : note(EXACT_IN_FORM, "");
}

static struct exactness_note
of_number(const struct value_type *type, int storage_class)
{
    switch (storage_class) {
    case SQLITE_INTEGER: return note(EXACT_IN_FORM, "");
    case SQLITE_FLOAT:
        return type->kind == TYPE_DOUBLE || type->kind == TYPE_REAL
                   ? note(EXACT_IN_FORM, "")
                   : note(EXACT_IN_PART, "-0.0 comes back as 0.0");
    case SQLITE_TEXT:
        if (type->kind == TYPE_DOUBLE || type->kind == TYPE_REAL) {
            return note(EXACT_NEVER, "");
        }
        return type->kind == TYPE_NUMERIC && type->precision > 0
                   ? note(EXACT_IN_PART, "zeros behind the point become as many as the scale")
                   : note(EXACT_IN_FORM, "");
    default: return note(EXACT_NEVER, "");
    }
}

static struct exactness_note
of_moment(const struct value_type *type, int storage_class)
{
    if (storage_class == SQLITE_INTEGER || storage_class == SQLITE_FLOAT) {
        if (type->epoch == EPOCH_NONE) {
            return note(EXACT_NEVER, "");
        }
        return type->round ? note(EXACT_IN_PART, "numbers finer than a microsecond (Julian "
                                                 "days: a millisecond) come back rounded")
                           : of_counted(storage_class);
    }
    if (storage_class != SQLITE_TEXT) {
        return note(EXACT_NEVER, "");
    }
    if (type->round) {
        return note(EXACT_IN_PART, "digits behind the sixth are gone");
    }
    if (type->kind == TYPE_TIMESTAMPTZ && type->zone != NULL) {
        return note(EXACT_IN_PART, "of a time that the zone's clocks showed twice the first is "
                                   "meant; a written offset comes back as the column's usual");
    }
    return type->kind == TYPE_TIMESTAMPTZ
               ? note(EXACT_IN_PART, "an offset comes back as the column's usual one")
               : note(EXACT_IN_FORM, "");
}

static struct exactness_note
of_interval(const struct value_type *type, int storage_class)
{
    if (storage_class == SQLITE_TEXT) {
        return note(EXACT_IN_PART, "parts that PostgreSQL writes in another way: weeks become "
                                   "days, 90 minutes become 01:30:00");
    }
    if (storage_class == SQLITE_BLOB || type->interval_unit == INTERVAL_NONE) {
        return note(EXACT_NEVER, "");
    }
    return type->round ? note(EXACT_IN_PART, "numbers finer than a microsecond come back "
                                             "rounded")
                       : of_counted(storage_class);
}

static struct exactness_note
of_characters(const struct value_type *type, int storage_class)
{
    if (storage_class == SQLITE_BLOB) {
        return note(EXACT_NEVER, "");
    }
    return type->kind == TYPE_CHAR ? note(EXACT_IN_PART, "blanks at the end are gone")
                                   : note(EXACT_IN_FORM, "");
}

static struct exactness_note
of_uuid(const struct value_type *type, int storage_class)
{
    if (type->uuid_rule != NULL) {
        return note(EXACT_IN_PART, "keys that were no UUIDs stand in outgrow.id_map");
    }
    return storage_class == SQLITE_TEXT || storage_class == SQLITE_BLOB
               ? note(EXACT_IN_FORM, "")
               : note(EXACT_NEVER, "");
}

static struct exactness_note
of_plain(const struct value_type *type, int storage_class)
{
    bool text = storage_class == SQLITE_TEXT;
    switch ((int)type->kind) {
    case TYPE_BOOLEAN:
        return text || storage_class == SQLITE_INTEGER ? note(EXACT_IN_FORM, "")
                                                       : note(EXACT_NEVER, "");
    case TYPE_BYTEA: return note(EXACT_IN_FORM, "");
    case TYPE_JSONB:
        return storage_class == SQLITE_BLOB
                   ? note(EXACT_NEVER, "")
                   : note(EXACT_IN_PART,
                          "the value is the same; blanks, the order of keys, "
                          "escapes and the spelling of numbers are PostgreSQL's");
    case TYPE_ENUM: return text ? note(EXACT_ALWAYS, "") : note(EXACT_NEVER, "");
    case TYPE_INET:
    case TYPE_CIDR:
        return text ? note(EXACT_IN_PART, "IPv6 comes back in its short form, lower case")
                    : note(EXACT_NEVER, "");
    default:
        return text ? note(EXACT_IN_PART, "blanks and escapes that are not the column's usual")
                    : note(EXACT_NEVER, "");
    }
}

static struct exactness_note
of_type(const struct value_type *type, int storage_class)
{
    switch ((int)type->kind) {
    case TYPE_BIGINT:
    case TYPE_INTEGER:
    case TYPE_SMALLINT:
    case TYPE_DOUBLE:
    case TYPE_REAL:
    case TYPE_NUMERIC: return of_number(type, storage_class);
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: return of_moment(type, storage_class);
    case TYPE_INTERVAL: return of_interval(type, storage_class);
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_CITEXT:
    case TYPE_JSON:
    case TYPE_CHAR: return of_characters(type, storage_class);
    case TYPE_UUID: return of_uuid(type, storage_class);
    default: return of_plain(type, storage_class);
    }
}

struct exactness_note
value_exactness(const struct value_type *type, int storage_class)
{
    struct exactness_note found = of_type(type, storage_class);
    bool nulls = type->null_texts != NULL && storage_class == SQLITE_TEXT;
    return nulls && found.exactness < EXACT_IN_PART
               ? note(EXACT_IN_PART, "texts that mean NULL come back as NULL")
               : found;
}
