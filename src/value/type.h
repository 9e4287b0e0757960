/* type.h — the PostgreSQL types a SQLite column may become. */
#ifndef VALUE_TYPE_H
#define VALUE_TYPE_H

#include "base/text.h"

#include <stdint.h>

struct zone; /* value/zone.h */

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
    /* Never chosen from values; only where a plan or an existing table says so. */
    TYPE_INTEGER,  /* int4 */
    TYPE_SMALLINT, /* int2 */
    TYPE_REAL,     /* float4: only numbers it holds exactly */
    TYPE_CHAR,     /* character(n): blanks at the end do not count; length 0: 1 */
    TYPE_INET,
    TYPE_CIDR, /* like inet, but no bits behind the mask */
    TYPE_INTERVAL,
    TYPE_ENUM,   /* labels; name */
    TYPE_CITEXT, /* the extension's; name where it is not on the search path */
    TYPE_TEXT_ARRAY,
    TYPE_BIGINT_ARRAY,
    TYPE_INTEGER_ARRAY,
};
enum { TYPE_KIND_COUNT = TYPE_INTEGER_ARRAY + 1 };

/* What a number means where a point in time is wanted. */
enum epoch_unit {
    EPOCH_NONE,
    EPOCH_SECONDS, /* these since 1970 UTC */
    EPOCH_MILLISECONDS,
    EPOCH_MICROSECONDS,
    EPOCH_DAYS,
    EPOCH_JULIAN, /* days since noon of 24 November 4714 BC, as julianday() counts them */
};
enum { EPOCH_UNIT_COUNT = EPOCH_JULIAN + 1 };

/* What a number means where an interval is wanted. */
enum interval_unit {
    INTERVAL_NONE, /* numbers are refused */
    INTERVAL_MICROSECONDS,
    INTERVAL_MILLISECONDS,
    INTERVAL_SECONDS,
    INTERVAL_MINUTES,
    INTERVAL_HOURS,
    INTERVAL_DAYS, /* whole ones are days, not 24 hours: see value/interval.h */
};
enum { INTERVAL_UNIT_COUNT = INTERVAL_DAYS + 1 };

enum { UUID_NAMESPACE_SIZE = 16 };

/* Makes UUIDs of old keys. A value that is a UUID (text in any of value/word.h's
 * forms, a blob of 16 bytes) stays itself; any other becomes the UUIDv5 of the
 * namespace and "table:old text" (see value/uuid.h), so that columns which refer to
 * the key follow it by carrying the same rule. */
struct uuid_rule {
    uint8_t namespace[UUID_NAMESPACE_SIZE];
    const char *table; /* the one whose key it is, also in columns that refer to it */
};

/* All pointers are borrowed and live at least as long as the type is used; the zero
 * value of everything behind `epoch` is a plain type. */
struct value_type {
    enum type_kind kind;
    int32_t length;    /* varchar, char: characters; 0: none */
    int16_t precision; /* numeric(p, s): 0: none */
    int16_t scale;
    enum epoch_unit epoch;            /* date, timestamp, timestamptz: what numbers count */
    enum interval_unit interval_unit; /* interval: what numbers count */
    bool round;       /* time, timestamp(tz), interval: take the nearest tick (of numbers: the
                     nearest microsecond; of Julian days, millisecond) instead of refusing
                     what is not exact */
    uint32_t tick_us; /* time, timestamp(tz), interval: values are multiples of so many
                           microseconds: 1000 for timestamp(3); 0: any */
    const char *name; /* how DDL writes the type, quoted where needed, where that is not
                           the kind's own name (an enum, citext, a domain); NULL: it is */
    const char *const *labels;     /* enum: NULL-ended, in order */
    const char *const *null_texts; /* texts that mean NULL, compared byte by byte; NULL-ended */
    const struct zone *zone;       /* timestamptz: of texts without a zone; NULL: UTC */
    const struct uuid_rule *uuid_rule; /* uuid: NULL: only what is a UUID is stored */
    uint32_t element_oid; /* arrays: pg_type.oid of the element where it is not the kind's
                               own (varchar[]: 1043); 0: it is */
};

/* As written in DDL: "bigint", "numeric(10,2)", "timestamp with time zone"; `name`
 * as it is, where there is one. */
void value_type_print(const struct value_type *type, struct text *sql);

/* The plan file's short name: "timestamptz", "numeric(10,2)", "text[]"; or `name`. */
void value_type_print_short(const struct value_type *type, struct text *out);

/* The other way, for the plan file: "timestamptz", "varchar(20)", "numeric(10, 2)",
 * "text[]" and also PostgreSQL's own spellings ("int4", "timestamp with time zone",
 * "character varying(20)", "timestamp(3)"), in any case. Sets what stands in the name and
 * zeroes the rest.
 * False: it is no name of a kind ("enum" alone is none: a name has to be looked up). */
MUST_USE bool value_type_read(const char *text, struct value_type *type);

/* Whether a column of it is compared and sorted by a collation of its own choice: text,
 * varchar, char, and arrays of text. citext has one too, but its case is the database's. */
bool value_type_is_collated(enum type_kind kind);

/* bigint, integer, smallint. */
bool value_type_is_integer(enum type_kind kind);

/* The largest number of smallint and integer; of any other kind that of bigint. */
int64_t value_type_integer_max(enum type_kind kind);

/* The array kinds: of the element. 0: no array. */
uint32_t value_type_element_oid(const struct value_type *type);

/* "hours". Static. */
const char *interval_unit_name(enum interval_unit unit);

/* Everything counts, texts and labels by their content, zones by their name. */
bool value_type_equal(const struct value_type *a, const struct value_type *b);

#endif
