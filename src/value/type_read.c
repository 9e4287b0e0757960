/* type_read.c — a type's name as people and PostgreSQL write it. */
#include "value/type.h"

#include <string.h>

enum {
    NAME_SIZE = 64,
    VARCHAR_LENGTH_MAX = 10485760,
    NUMERIC_PRECISION_MAX = 1000,
    TICK_DIGITS_MAX = 6,
};

struct type_alias {
    const char *name; /* lower case, single blanks, without its modifier */
    enum type_kind kind;
};

static const struct type_alias aliases[] = {
    {"bigint", TYPE_BIGINT},
    {"int8", TYPE_BIGINT},
    {"double", TYPE_DOUBLE},
    {"double precision", TYPE_DOUBLE},
    {"float8", TYPE_DOUBLE},
    {"numeric", TYPE_NUMERIC},
    {"decimal", TYPE_NUMERIC},
    {"boolean", TYPE_BOOLEAN},
    {"bool", TYPE_BOOLEAN},
    {"text", TYPE_TEXT},
    {"varchar", TYPE_VARCHAR},
    {"character varying", TYPE_VARCHAR},
    {"bytea", TYPE_BYTEA},
    {"uuid", TYPE_UUID},
    {"json", TYPE_JSON},
    {"jsonb", TYPE_JSONB},
    {"date", TYPE_DATE},
    {"time", TYPE_TIME},
    {"time without time zone", TYPE_TIME},
    {"timestamp", TYPE_TIMESTAMP},
    {"timestamp without time zone", TYPE_TIMESTAMP},
    {"timestamptz", TYPE_TIMESTAMPTZ},
    {"timestamp with time zone", TYPE_TIMESTAMPTZ},
    {"integer", TYPE_INTEGER},
    {"int", TYPE_INTEGER},
    {"int4", TYPE_INTEGER},
    {"smallint", TYPE_SMALLINT},
    {"int2", TYPE_SMALLINT},
    {"real", TYPE_REAL},
    {"float4", TYPE_REAL},
    {"char", TYPE_CHAR},
    {"character", TYPE_CHAR},
    {"bpchar", TYPE_CHAR},
    {"inet", TYPE_INET},
    {"cidr", TYPE_CIDR},
    {"interval", TYPE_INTERVAL},
    {"citext", TYPE_CITEXT},
    {"text[]", TYPE_TEXT_ARRAY},
    {"bigint[]", TYPE_BIGINT_ARRAY},
    {"int8[]", TYPE_BIGINT_ARRAY},
    {"integer[]", TYPE_INTEGER_ARRAY},
    {"int[]", TYPE_INTEGER_ARRAY},
    {"int4[]", TYPE_INTEGER_ARRAY},
};

/* A name taken apart. */
struct spelling {
    char name[NAME_SIZE];
    size_t length;
    int numbers[2];
    size_t number_count;
};

/* Letters in lower case, runs of blanks as one, none at the ends or before brackets. */
static bool
add_letter(struct spelling *spelling, char c)
{
    bool blank = c == ' ' || c == '\t';
    if (blank && (spelling->length == 0 || spelling->name[spelling->length - 1] == ' ')) {
        return true;
    }
    if (spelling->length + 1 == NAME_SIZE) {
        return false;
    }
    if (c == '[' && spelling->length > 0 && spelling->name[spelling->length - 1] == ' ') {
        spelling->length--;
    }
    uint8_t letter = (uint8_t)(blank ? ' ' : c);
    spelling->name[spelling->length++] = (char)(letter >= 'A' && letter <= 'Z' ? letter | 0x20
                                                                               : letter);
    return true;
}

/* "(p)" or "(p, s)". Returns what is behind it; NULL: it is not that. */
static const char *
read_numbers(const char *at, struct spelling *spelling)
{
    do {
        at++;
        at += strspn(at, " ");
        size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 8 || spelling->number_count == 2) {
            return NULL;
        }
        int number = 0;
        for (size_t i = 0; i < digits; i++) {
            number = number * 10 + (at[i] - '0');
        }
        spelling->numbers[spelling->number_count++] = number;
        at += digits;
        at += strspn(at, " ");
    } while (*at == ',');
    return *at == ')' ? at + 1 : NULL;
}

static bool
read_spelling(const char *text, struct spelling *spelling)
{
    while (*text != '\0') {
        if (*text == '(') {
            text = spelling->number_count > 0 ? NULL : read_numbers(text, spelling);
            if (text == NULL || !add_letter(spelling, ' ')) {
                return false;
            }
        } else if (!add_letter(spelling, *text++)) {
            return false;
        }
    }
    if (spelling->length > 0 && spelling->name[spelling->length - 1] == ' ') {
        spelling->length--;
    }
    spelling->name[spelling->length] = '\0';
    return true;
}

/* timestamp(3): multiples of 1,000 microseconds. */
static bool
set_tick(const struct spelling *spelling, struct value_type *type)
{
    if (spelling->number_count != 1 || spelling->numbers[0] > TICK_DIGITS_MAX) {
        return false;
    }
    uint32_t tick = 1;
    for (int i = spelling->numbers[0]; i < TICK_DIGITS_MAX; i++) {
        tick *= 10;
    }
    type->tick_us = tick == 1 ? 0 : tick;
    return true;
}

static bool
set_modifier(const struct spelling *spelling, struct value_type *type)
{
    bool one = spelling->number_count == 1;
    int first = spelling->numbers[0];
    if (spelling->number_count == 0) {
        return true;
    }
    if (type->kind == TYPE_VARCHAR || type->kind == TYPE_CHAR) {
        type->length = first;
        return one && first >= 1 && first <= VARCHAR_LENGTH_MAX;
    }
    if (type->kind == TYPE_NUMERIC) {
        type->precision = (int16_t)first;
        type->scale = (int16_t)(one ? 0 : spelling->numbers[1]);
        return first >= 1 && first <= NUMERIC_PRECISION_MAX &&
               (one || spelling->numbers[1] <= first);
    }
    return (type->kind == TYPE_TIME || type->kind == TYPE_TIMESTAMP ||
            type->kind == TYPE_TIMESTAMPTZ || type->kind == TYPE_INTERVAL) &&
           set_tick(spelling, type);
}

bool
value_type_read(const char *text, struct value_type *type)
{
    struct spelling spelling = {0};
    if (!read_spelling(text, &spelling)) {
        return false;
    }
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (strcmp(aliases[i].name, spelling.name) == 0) {
            struct value_type read = {.kind = aliases[i].kind};
            if (!set_modifier(&spelling, &read)) {
                return false;
            }
            *type = read;
            return true;
        }
    }
    return false;
}
