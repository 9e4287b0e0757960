/* moment.c — see moment.h. */
#include "translate/moment.h"

#include "translate/constant.h"
#include "translate/literal.h"

#include <sqlite3.h>

static const struct {
    const char *name;
    enum moment_kind kind;
    const char *format; /* NULL: the first argument, or none */
    bool keyword;
} ways[] = {
    {"CURRENT_TIMESTAMP", MOMENT_TEXT, "%Y-%m-%d %H:%M:%S", true},
    {"CURRENT_DATE", MOMENT_TEXT, "%Y-%m-%d", true},
    {"CURRENT_TIME", MOMENT_TEXT, "%H:%M:%S", true},
    {"datetime", MOMENT_TEXT, "%Y-%m-%d %H:%M:%S", false},
    {"date", MOMENT_TEXT, "%Y-%m-%d", false},
    {"time", MOMENT_TEXT, "%H:%M:%S", false},
    {"strftime", MOMENT_TEXT, NULL, false},
    {"unixepoch", MOMENT_EPOCH, NULL, false},
    {"julianday", MOMENT_JULIAN, NULL, false},
};

static const char *
text_argument(const struct sql_expr *expr, size_t index)
{
    const struct sql_expr *argument = expr->args[index];
    bool text = argument->kind == SQL_EXPR_STRING;
    bool quoted_name = argument->kind == SQL_EXPR_NAME && argument->name.quoted;
    return text ? argument->text : quoted_name ? argument->name.text : NULL;
}

/* "+7 days", "-1.5 hours". Months and years are left out: SQLite lets 31 January
 * plus a month run into March, PostgreSQL does not. */
static bool
add_interval(struct arena *arena, const char *modifier, struct moment *moment)
{
    static const char *const units[] = {"second", "minute", "hour", "day"};
    size_t number = strspn(modifier, "+-0123456789.");
    const char *unit = modifier + number + strspn(modifier + number, " ");
    for (size_t i = 0; number > 0 && i < sizeof units / sizeof *units; i++) {
        size_t length = strlen(units[i]);
        bool plural = sqlite3_stricmp(unit + (length < strlen(unit) ? length : strlen(unit)),
                                      "s") == 0;
        if (sqlite3_strnicmp(unit, units[i], (int)length) == 0 &&
            (unit[length] == '\0' || plural)) {
            moment->interval = arena_printf(
                arena, "%s%s%.*s %s", moment->interval == NULL ? "" : moment->interval,
                moment->interval == NULL ? "" : " ", (int)(number - (*modifier == '+')),
                modifier + (*modifier == '+'), unit);
            return true;
        }
    }
    return false;
}

static bool
read_modifiers(struct arena *arena, const struct sql_expr *expr, size_t first,
               struct moment *moment)
{
    for (size_t i = first; i < expr->arg_count; i++) {
        const char *word = text_argument(expr, i);
        if (word == NULL) {
            return false;
        }
        if (sqlite3_stricmp(word, "localtime") == 0) {
            moment->local = true;
        } else if (sqlite3_stricmp(word, "subsec") == 0 ||
                   sqlite3_stricmp(word, "subsecond") == 0) {
            moment->fraction = true;
        } else if (!add_interval(arena, word, moment)) {
            return false;
        }
    }
    return true;
}

bool
moment_recognise(struct arena *arena, const struct sql_expr *expr, struct moment *moment)
{
    expr = sql_strip_parentheses(expr);
    bool keyword = expr->kind == SQL_EXPR_KEYWORD;
    if (!keyword && expr->kind != SQL_EXPR_FUNCTION) {
        return false;
    }
    const char *name = keyword ? expr->text : expr->name.text;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (ways[i].keyword != keyword || sqlite3_stricmp(ways[i].name, name) != 0) {
            continue;
        }
        *moment = (struct moment){.kind = ways[i].kind, .format = ways[i].format};
        size_t next = 0;
        if (ways[i].kind == MOMENT_TEXT && ways[i].format == NULL) {
            moment->format = expr->arg_count > 0 ? text_argument(expr, next++) : NULL;
            if (moment->format == NULL) {
                return false;
            }
        }
        if (keyword || next == expr->arg_count) {
            return true;
        }
        const char *when = text_argument(expr, next);
        return when != NULL && sqlite3_stricmp(when, "now") == 0 &&
               read_modifiers(arena, expr, next + 1, moment);
    }
    return false;
}

/* strftime's format in to_char's language; NULL when a part has no equivalent. */
static const char *
to_char_format(struct arena *arena, const char *format)
{
    static const struct {
        char letter;
        const char *pattern;
    } parts[] = {{'Y', "YYYY"},       {'m', "MM"},         {'d', "DD"},     {'H', "HH24"},
                 {'M', "MI"},         {'S', "SS"},         {'f', "SS.MS"},  {'j', "DDD"},
                 {'F', "YYYY-MM-DD"}, {'T', "HH24:MI:SS"}, {'R', "HH24:MI"}};
    AUTO_TEXT out = {0};
    if (!literal_is_utf8(format, NULL)) {
        return NULL;
    }
    for (const char *c = format; *c != '\0'; c++) {
        if (*c != '%' || c[1] == '%') {
            c += *c == '%';
            bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
            if (*c == '"' || *c == '\\') {
                return NULL;
            }
            text_printf(&out, letter ? "\"%c\"" : "%c", *c);
            continue;
        }
        c++;
        const char *pattern = NULL;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            pattern = parts[i].letter == *c ? parts[i].pattern : pattern;
        }
        if (pattern == NULL) {
            return NULL;
        }
        text_add(&out, pattern);
    }
    return sql_string(arena, text_string(&out));
}

/* The parts of the statement that all types share. */
struct clock {
    const char *moment; /* with time zone */
    const char *wall;   /* without: UTC, or the session's zone for 'localtime' */
    const char *epoch;  /* whole seconds, or with a fraction */
};

static struct clock
clock_of(struct arena *arena, const struct moment *moment)
{
    struct clock clock = {.moment = "now()"};
    if (moment->interval != NULL) {
        clock.moment = arena_printf(arena, "(now() + interval '%s')", moment->interval);
    }
    clock.wall = moment->local ? arena_printf(arena, "CAST(%s AS timestamp)", clock.moment)
                               : arena_printf(arena, "(%s AT TIME ZONE 'UTC')", clock.moment);
    clock.epoch = arena_printf(
        arena, moment->fraction ? "extract(epoch FROM %s)" : "floor(extract(epoch FROM %s))",
        clock.moment);
    return clock;
}

static bool
is_epoch(const struct moment *moment)
{
    return moment->kind == MOMENT_EPOCH ||
           (moment->kind == MOMENT_TEXT && strcmp(moment->format, "%s") == 0);
}

static bool
number_sql(struct arena *arena, const struct moment *moment, bool integer, const char **sql)
{
    struct clock clock = clock_of(arena, moment);
    const char *type = integer ? "bigint" : "double precision";
    if (moment->local || (integer && moment->fraction)) {
        return false;
    }
    if (is_epoch(moment)) {
        *sql = arena_printf(arena, "CAST(%s AS %s)", clock.epoch, type);
        return true;
    }
    *sql = arena_printf(
        arena, "CAST(extract(epoch FROM %s) / 86400.0 + 2440587.5 AS double precision)",
        clock.moment);
    return moment->kind == MOMENT_JULIAN && !integer;
}

static bool
text_sql(struct arena *arena, const struct moment *moment, const char **sql)
{
    if (is_epoch(moment)) {
        const char *number;
        if (!number_sql(arena, moment, true, &number)) {
            return false;
        }
        *sql = arena_printf(arena, "CAST(%s AS text)", number);
        return true;
    }
    const char *format = moment->kind == MOMENT_TEXT ? to_char_format(arena, moment->format)
                                                     : NULL;
    if (format == NULL) {
        return false;
    }
    *sql = arena_printf(arena, "to_char(%s, %s)", clock_of(arena, moment).wall, format);
    return true;
}

/* Has a date, has a time of day. */
static bool
format_holds(const struct moment *moment, const char *letters)
{
    for (const char *c = moment->format; *c != '\0'; c++) {
        if (*c == '%' && c[1] != '\0' && strchr(letters, *++c) != NULL) {
            return true;
        }
    }
    return false;
}

static bool
point_sql(struct arena *arena, const struct moment *moment, const struct value_type *type,
          const char **sql)
{
    struct clock clock = clock_of(arena, moment);
    bool zoned = type->kind == TYPE_TIMESTAMPTZ;
    if (is_epoch(moment)) {
        *sql = zoned ? clock.moment : clock.wall;
        return type->epoch == EPOCH_SECONDS && !moment->local;
    }
    if (moment->kind != MOMENT_TEXT || !format_holds(moment, "YF")) {
        return false;
    }
    if (format_holds(moment, "HTR")) {
        *sql = zoned ? clock.moment : clock.wall;
        return true;
    }
    *sql = arena_printf(arena, "date_trunc('day', %s%s)", zoned ? clock.moment : clock.wall,
                        zoned && !moment->local ? ", 'UTC'" : "");
    return true;
}

bool
moment_to_sql(struct arena *arena, const struct moment *moment, const struct value_type *type,
              const char **sql)
{
    struct clock clock = clock_of(arena, moment);
    switch (type->kind) {
    case TYPE_TIMESTAMPTZ:
    case TYPE_TIMESTAMP: return point_sql(arena, moment, type, sql);
    case TYPE_DATE:
        *sql = arena_printf(arena, "CAST(%s AS date)", clock.wall);
        return moment->kind == MOMENT_TEXT && format_holds(moment, "YF") &&
               !format_holds(moment, "HTR");
    case TYPE_TIME:
        *sql = arena_printf(arena, "CAST(date_trunc('second', %s) AS time)", clock.wall);
        return moment->kind == MOMENT_TEXT && format_holds(moment, "HTR") &&
               !format_holds(moment, "YF");
    case TYPE_TEXT:
    case TYPE_VARCHAR: return text_sql(arena, moment, sql);
    case TYPE_BIGINT: return number_sql(arena, moment, true, sql);
    case TYPE_DOUBLE: return number_sql(arena, moment, false, sql);
    case TYPE_NUMERIC:
    case TYPE_BOOLEAN:
    case TYPE_BYTEA:
    case TYPE_UUID:
    case TYPE_JSON:
    case TYPE_JSONB:
    case TYPE_INTEGER:
    case TYPE_SMALLINT:
    case TYPE_REAL:
    case TYPE_CHAR:
    case TYPE_INET:
    case TYPE_CIDR:
    case TYPE_INTERVAL:
    case TYPE_ENUM:
    case TYPE_CITEXT:
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: break;
    }
    return false;
}
