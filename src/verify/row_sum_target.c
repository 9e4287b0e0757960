/* row_sum_target.c — see row_sum.h: the same sum, as SQL. */
#include "verify/row_sum_internal.h"
#include "verify/server_hash.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define INT8   "::pg_catalog.int8"
#define FLOAT8 "::pg_catalog.float8"

/* `hash` of what comes before becomes the hash with this column. */
static void
add_halves(struct text *sql, const struct row_sum_form *form, const char *number,
           const char *hash)
{
    text_printf(sql,
                "pg_catalog.hashint8extended(COALESCE(%s, '%" PRId64 "'" INT8
                "), pg_catalog.hashint8extended(COALESCE(%s OPERATOR(pg_catalog.>>) 32, "
                "'%" PRId64 "'" INT8 "), %s))",
                number, form->null_number, number, form->null_number >> 32, hash);
}

/* The other zero is asked for only where there is one. */
static void
add_real(struct text *sql, const struct row_sum_form *form, const char *number, bool whole,
         const char *hash)
{
    text_printf(sql,
                "pg_catalog.hashfloat8extended(COALESCE(NULLIF(%s, '0'" FLOAT8
                "), CASE WHEN %s IS NULL THEN '%.17g'" FLOAT8,
                number, number, form->null_real);
    if (!whole) {
        text_printf(sql,
                    " WHEN pg_catalog.atan2(%s, '-1'" FLOAT8
                    ") OPERATOR(pg_catalog.<) '0'" FLOAT8 " THEN '%.17g'" FLOAT8,
                    number, form->minus_zero);
    }
    text_printf(sql, " ELSE '%.17g'" FLOAT8 " END), %s)", form->zero, hash);
}

static void
add_column(struct text *sql, const struct shape_column *column, bool wide,
           const struct row_sum_form *form, const char *hash)
{
    AUTO_TEXT number = {0};
    bool whole = row_sum_is_whole(column);
    target_quote_name(&number, column->name);
    if (column->type->kind == TYPE_BOOLEAN) {
        text_add(&number, "::pg_catalog.int4");
    }
    if (whole && wide) {
        text_add(&number, INT8);
        add_halves(sql, form, text_string(&number), hash);
        return;
    }
    text_add(&number, whole ? FLOAT8 : "");
    add_real(sql, form, text_string(&number), whole, hash);
}

static void
add_sums(struct text *sql, const struct shape *shape, const struct row_sum_form *form)
{
    AUTO_TEXT hash = {0};
    text_printf(&hash, "'%" PRId64 "'" INT8, form->start);
    for (size_t i = 0; i < shape->column_count; i++) {
        AUTO_TEXT before = hash;
        hash = (struct text){0};
        add_column(&hash, &shape->columns[i], form->wide >> i & 1, form, text_string(&before));
    }
    text_printf(sql, "SELECT pg_catalog.count(*), pg_catalog.sum(%s) FROM ",
                text_string(&hash));
}

void
row_sum_shape(struct arena *arena, const struct shape *shape, const struct row_sum_form *form,
              struct shape *summed)
{
    AUTO_TEXT sql = {0};
    add_sums(&sql, shape, form);
    target_quote_qualified(&sql, shape->schema, shape->name);
    *summed = *shape;
    summed->select_open = arena_strdup(arena, text_string(&sql));
    summed->select_end = "";
}

/* A whole number of any length, as what is left of it in 64 bits; of nothing 0. */
static uint64_t
read_sum(const char *digits)
{
    uint64_t sum = 0;
    bool negative = *digits == '-';
    for (digits += negative; *digits != '\0'; digits++) {
        sum = sum * 10 + (uint64_t)(*digits - '0');
    }
    return negative ? -sum : sum;
}

bool
row_sum_add_select(struct row_sum *sum, PGconn *conn, const char *select, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, select, NULL, 0, &result, err)) {
        return false;
    }
    sum->rows += target_number(result, 0, 0);
    sum->sum += read_sum(PQgetvalue(result, 0, 1)); /* of no rows: NULL, which reads as "" */
    return true;
}

/* Numbers of which both must make the same: once as they are, once in halves. */
struct sample {
    const char *number_sql;
    const char *real_sql;
    int64_t number;
    double real;
};

static const struct sample samples[] = {
    {"0", "0", 0, 0.0},
    {"1", "-0", 1, -0.0},
    {"-1", "1.5", -1, 1.5},
    {"4294967297", "-Infinity", INT64_C(4294967297), -HUGE_VAL},
    {"-9223372036854775808", "4.9406564584124654e-324", INT64_MIN, 4.9406564584124654e-324},
    {"9223372036854775807", "1.7976931348623157e+308", INT64_MAX, 1.7976931348623157e+308},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static void
add_samples(struct text *sql)
{
    text_add(sql, "(VALUES (NULL" INT8 ", NULL" INT8 ", NULL" FLOAT8 ")");
    for (size_t i = 0; i < SAMPLES; i++) {
        text_printf(sql, ", ('%s', '%s', '%s')", samples[i].number_sql, samples[i].number_sql,
                    samples[i].real_sql);
    }
    text_add(sql, ") v (number, halved, real)");
}

static uint64_t
sum_samples(const struct row_sum_form *form)
{
    const uint64_t start = (uint64_t)form->start;
    uint64_t null = server_hash_float8(form->null_real, start);
    uint64_t sum = server_hash_float8(form->null_real,
                                      row_sum_hash_halves(form->null_number, null));
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *sample = &samples[i];
        uint64_t hash = row_sum_hash_real(form, (double)sample->number, start);
        hash = row_sum_hash_halves(sample->number, hash);
        sum += row_sum_hash_real(form, sample->real, hash);
    }
    return sum;
}

bool
row_sum_agrees(PGconn *conn, const struct row_sum_form *form, bool *agrees, struct error *err)
{
    static const struct value_type number = {.kind = TYPE_BIGINT};
    static const struct value_type real = {.kind = TYPE_DOUBLE};
    struct shape_column columns[] = {{.name = "number", .type = &number},
                                     {.name = "halved", .type = &number},
                                     {.name = "real", .type = &real}};
    const struct shape shape = {.columns = columns, .column_count = 3};
    const struct row_sum expected = {.rows = SAMPLES + 1, .sum = sum_samples(form)};
    struct row_sum_form halving = *form;
    struct row_sum sum = {0};
    AUTO_TEXT sql = {0};
    halving.wide = UINT64_C(1) << 1;
    add_sums(&sql, &shape, &halving);
    add_samples(&sql);
    bool ok = row_sum_add_select(&sum, conn, text_string(&sql), err);
    *agrees = ok && row_sum_equal(&sum, &expected);
    return ok || (err->kind == ERROR_TARGET && PQstatus(conn) == CONNECTION_OK);
}
