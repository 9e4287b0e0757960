/* type.h — the PostgreSQL types a SQLite column may become. */
#ifndef VALUE_TYPE_H
#define VALUE_TYPE_H

#include "base/text.h"

#include <stdint.h>

enum type_kind {
    TYPE_BIGINT,
    TYPE_DOUBLE,
    TYPE_NUMERIC, /* precision and scale when declared */
    TYPE_BOOLEAN,
    TYPE_TEXT,
    TYPE_VARCHAR, /* length */
    TYPE_BYTEA,
    TYPE_UUID,
    TYPE_JSON,
    TYPE_JSONB,
    TYPE_DATE,
    TYPE_TIME,
    TYPE_TIMESTAMP, /* without time zone */
    TYPE_TIMESTAMPTZ,
};
enum { TYPE_KIND_COUNT = TYPE_TIMESTAMPTZ + 1 };

/* What a number means where a point in time is wanted. */
enum epoch_unit { EPOCH_NONE, EPOCH_SECONDS, EPOCH_MILLISECONDS, EPOCH_MICROSECONDS };

struct value_type {
    enum type_kind kind;
    int32_t length;    /* varchar: characters; 0: none */
    int16_t precision; /* numeric(p, s): 0: none */
    int16_t scale;
    enum epoch_unit epoch; /* timestamp, timestamptz: numbers count these since 1970 UTC */
};

/* As written in DDL: "bigint", "numeric(10,2)", "timestamp with time zone". */
void value_type_print(const struct value_type *type, struct text *sql);

/* The plan file's short name: "timestamptz", "numeric(10,2)". */
void value_type_print_short(const struct value_type *type, struct text *out);

/* pg_type.oid of the base type; fixed in PostgreSQL's catalog (pg_type.dat). */
uint32_t value_type_oid(enum type_kind kind);

bool value_type_equal(const struct value_type *a, const struct value_type *b);

#endif
