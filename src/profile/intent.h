/* intent.h — what a declared type says the column is for. */
#ifndef PROFILE_INTENT_H
#define PROFILE_INTENT_H

#include "sqlite/catalog.h"
#include "value/type.h"

enum intent_kind {
    INTENT_NONE, /* no type, or one that says nothing to us */
    INTENT_INTEGER,
    INTENT_REAL,
    INTENT_TEXT,
    INTENT_BLOB,
    INTENT_NUMERIC,
    INTENT_VARCHAR,
    INTENT_BOOLEAN,
    INTENT_DATE,
    INTENT_TIME,
    INTENT_TIMESTAMP,
    INTENT_TIMESTAMPTZ,
    INTENT_JSON,
    INTENT_UUID,
};

struct intent {
    enum intent_kind kind;
    int32_t length;    /* varchar(n); 0: none, or more than PostgreSQL allows */
    int16_t precision; /* numeric(p,s); 0: none, or nothing PostgreSQL allows */
    int16_t scale;
};

/* Case and blanks do not matter: "nvarchar (20)", "TIMESTAMP WITH TIME ZONE". */
void intent_read(const struct source_column *column, struct intent *intent);

#endif
