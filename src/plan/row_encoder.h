/* row_encoder.h — a row of the source as a row of COPY's binary form: which columns, each by
 * which encoder, and what stands in place of NULL. One for the bulk and for every later row, so
 * that both store the same. */
#ifndef PLAN_ROW_ENCODER_H
#define PLAN_ROW_ENCODER_H

#include "plan/plan.h"
#include "value/encode.h"

/* What the inner loop needs of a target column, side by side. */
struct copied_column {
    encode_function *encode;
    const struct value_type *type;
    struct encode_settings settings;
    size_t source_column; /* in catalog order, for scan_value; of a rowid that is no column:
                               the place in front of the first */
    const char *name;     /* of the source column, for the journal */
    bool plain;           /* none of what follows: the encoder alone decides */
    bool refuses_null;    /* NULL sets the row aside */
    bool constant;        /* null_field is sent, whatever the value; name and source_column are
                               some column's */
    bool maps_old;        /* old ids go to the map */
    struct text null_field; /* what is sent in place of NULL; empty: NULL */
};

/* What decides the encoders of a table. All borrowed. */
struct row_encoding {
    const struct plan *plan;
    const struct source *source; /* any open one */
    const struct encode_settings *settings;
    const struct table_inspection *seen; /* of these very rows; NULL: they may be others */
};

/* The columns that are copied, in plan order: those of ddl_copy_in. *columns lives as long as
 * `arena`, its null_fields until copied_columns_free, also after a failure.
 * ERROR_USAGE: a default in place of NULL is no value of its type. */
MUST_USE bool copied_columns_build(const struct row_encoding *encoding, struct arena *arena,
                                   const struct plan_table *table,
                                   struct copied_column **columns, size_t *count,
                                   struct error *err);
void copied_columns_free(struct copied_column *columns, size_t count);

enum encode_outcome copied_column_encode_watched(const struct copied_column *column,
                                                 sqlite3_value *value, struct text *buffer,
                                                 struct refusal *refusal);

/* One field; NULL as the plan wants it. Refused: nothing was added to the buffer that stays:
 * the caller cuts it to where the row began. */
static inline enum encode_outcome
copied_column_encode(const struct copied_column *column, sqlite3_value *value,
                     struct text *buffer, struct refusal *refusal)
{
    return column->plain
               ? column->encode(value, column->type, &column->settings, buffer, refusal)
               : copied_column_encode_watched(column, value, buffer, refusal);
}

#endif
