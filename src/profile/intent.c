/* intent.c — reads declared types: a name, and up to two numbers. */
#include "profile/intent.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_SIZE = 64,
    VARCHAR_MAX = 10485760,
    NUMERIC_PRECISION_MAX = 1000,
};

struct intent_name {
    const char *name;
    enum intent_kind kind;
};

static const struct intent_name intent_names[] = {
    {"BOOL", INTENT_BOOLEAN},
    {"BOOLEAN", INTENT_BOOLEAN},
    {"DATE", INTENT_DATE},
    {"TIME", INTENT_TIME},
    {"TIME WITHOUT TIME ZONE", INTENT_TIME},
    {"DATETIME", INTENT_TIMESTAMP},
    {"DATETIME2", INTENT_TIMESTAMP},
    {"SMALLDATETIME", INTENT_TIMESTAMP},
    {"TIMESTAMP", INTENT_TIMESTAMP},
    {"TIMESTAMP WITHOUT TIME ZONE", INTENT_TIMESTAMP},
    {"DATETIMEOFFSET", INTENT_TIMESTAMPTZ},
    {"TIMESTAMPTZ", INTENT_TIMESTAMPTZ},
    {"TIMESTAMP WITH TIME ZONE", INTENT_TIMESTAMPTZ},
    {"JSON", INTENT_JSON},
    {"JSONB", INTENT_JSON},
    {"UUID", INTENT_UUID},
    {"GUID", INTENT_UUID},
    {"UNIQUEIDENTIFIER", INTENT_UUID},
    {"DECIMAL", INTENT_NUMERIC},
    {"DEC", INTENT_NUMERIC},
    {"NUMERIC", INTENT_NUMERIC},
    {"NUMBER", INTENT_NUMERIC},
    {"MONEY", INTENT_NUMERIC},
    {"VARCHAR", INTENT_VARCHAR},
    {"VARCHAR2", INTENT_VARCHAR},
    {"NVARCHAR", INTENT_VARCHAR},
    {"NVARCHAR2", INTENT_VARCHAR},
    {"CHAR", INTENT_VARCHAR},
    {"NCHAR", INTENT_VARCHAR},
    {"BPCHAR", INTENT_VARCHAR},
    {"CHARACTER", INTENT_VARCHAR},
    {"CHARACTER VARYING", INTENT_VARCHAR},
    {"VARYING CHARACTER", INTENT_VARCHAR},
    {"NATIVE CHARACTER", INTENT_VARCHAR},
    {"NATIONAL CHARACTER", INTENT_VARCHAR},
    {"NATIONAL CHARACTER VARYING", INTENT_VARCHAR},
};

/* What was declared, taken apart. */
struct declared {
    char name[NAME_SIZE]; /* upper case, single blanks, without (...); "" when too long */
    long numbers[2];
    int number_count;
};

/* "(10, 2)" from `open` on; returns what follows it. */
static const char *
read_numbers(const char *open, struct declared *declared)
{
    const char *at = open + 1;
    while (declared->number_count < 2) {
        char *end;
        long number = strtol(at, &end, 10);
        if (end == at) {
            break;
        }
        declared->numbers[declared->number_count++] = number;
        at = end + strspn(end, " \t\n");
        if (*at != ',') {
            break;
        }
        at++;
    }
    const char *close = strchr(open, ')');
    return close == NULL ? "" : close + 1;
}

static void
read_declared(const char *type, struct declared *declared)
{
    size_t length = 0;
    bool blank = false;
    memset(declared, 0, sizeof *declared);
    for (const char *at = type; *at != '\0';) {
        if (*at == '(') {
            at = read_numbers(at, declared);
            blank = length > 0;
            continue;
        }
        if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') {
            blank = length > 0;
            at++;
            continue;
        }
        if (length + 3 > sizeof declared->name) {
            declared->name[0] = '\0';
            return;
        }
        if (blank) {
            declared->name[length++] = ' ';
            blank = false;
        }
        declared->name[length++] = (char)(*at >= 'a' && *at <= 'z' ? *at - ('a' - 'A') : *at);
        at++;
    }
    declared->name[length] = '\0';
}

static enum intent_kind
intent_from_affinity(enum affinity affinity, bool declared)
{
    switch (affinity) {
    case AFFINITY_INTEGER: return INTENT_INTEGER;
    case AFFINITY_TEXT: return INTENT_TEXT;
    case AFFINITY_REAL: return INTENT_REAL;
    case AFFINITY_BLOB: return declared ? INTENT_BLOB : INTENT_NONE;
    case AFFINITY_NUMERIC:
    default: return INTENT_NONE;
    }
}

static void
read_modifier(const struct declared *declared, struct intent *intent)
{
    long first = declared->numbers[0];
    long second = declared->numbers[1];
    if (declared->number_count == 0) {
        return;
    }
    if (intent->kind == INTENT_VARCHAR && first > 0 && first <= VARCHAR_MAX) {
        intent->length = (int32_t)first;
    }
    if (intent->kind == INTENT_NUMERIC && first > 0 && first <= NUMERIC_PRECISION_MAX &&
        second >= 0 && second <= first) {
        intent->precision = (int16_t)first;
        intent->scale = (int16_t)second;
    }
}

void
intent_read(const struct source_column *column, struct intent *intent)
{
    struct declared declared;
    read_declared(column->type, &declared);
    *intent = (struct intent){0};
    intent->kind = intent_from_affinity(
        column->affinity, declared.name[0] != '\0' && strcmp(declared.name, "ANY") != 0);
    for (size_t i = 0; i < sizeof intent_names / sizeof *intent_names; i++) {
        if (strcmp(declared.name, intent_names[i].name) == 0) {
            intent->kind = intent_names[i].kind;
        }
    }
    read_modifier(&declared, intent);
}
