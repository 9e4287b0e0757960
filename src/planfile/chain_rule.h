/* chain_rule.h — an audit table whose rows each hold a hash over the row before:
 * what the plan file says of it under `chain:`.
 *
 *   chain:
 *     order: seq              # rows are linked in this order
 *     hash: hash              # holds each row's own digest
 *     previous: previous_hash # holds a copy of the digest before; optional
 *     digest: sha256          # sha256, sha512, blake2b (512 bits), blake2b-256
 *     encoding: hex           # of stored digests: hex or base64; a BLOB is the digest itself
 *     genesis: ""             # what the first row has for a previous digest
 *     over: "{previous}|{id}|{timestamp}|{details:json}"
 *     expose: atp_audit.chain_state
 *
 * Columns are named as in the source. */
#ifndef PLANFILE_CHAIN_RULE_H
#define PLANFILE_CHAIN_RULE_H

#include "base/arena.h"
#include "base/error.h"
#include "planfile/place.h"
#include "value/type.h"

#include <stddef.h>

enum chain_digest {
    CHAIN_SHA256,
    CHAIN_SHA512,
    CHAIN_BLAKE2B_512,
    CHAIN_BLAKE2B_256,
};

enum chain_encoding { CHAIN_HEX /* of any case */, CHAIN_BASE64 /* padded or not */ };

/* How a value enters what is hashed. NULL is the rule's null_text, or null in
 * the two forms of JSON. */
enum chain_form {
    CHAIN_STORED,    /* {a}: text and BLOB byte by byte, 12, 2.5 */
    CHAIN_JSON,      /* {a:json}: JSON with its keys sorted and no blanks; a number as it is */
    CHAIN_QUOTED,    /* {a:quoted}: the stored form as a JSON string, not escaped beyond need */
    CHAIN_LOWER_HEX, /* {a:hex}: the stored bytes in hex */
};

struct chain_part {
    const char *literal; /* NULL: a value */
    size_t literal_size;
    const char *column; /* a value of this column; NULL: {previous} */
    enum chain_form form;
    struct plan_place place; /* in the plan file */
};

struct chain_rule {
    const char *order;
    const char *hash;
    const char *previous;          /* NULL: no column holds it */
    struct plan_place order_place; /* in the plan file */
    struct plan_place hash_place;
    struct plan_place previous_place;
    enum chain_digest digest;
    enum chain_encoding encoding;
    const char *over;      /* as written; parts below are made of it */
    const char *genesis;   /* NULL: whatever the first row's previous column holds, else "" */
    const char *null_text; /* NULL: "" */
    const char *expose;    /* "schema.view" over outgrow.chain_state; NULL: none */
    struct chain_part *parts;
    size_t part_count;
};

/* Fills rule->parts from rule->over: {previous}, {column}, {column:form}; {{ and }}
 * are braces. ERROR_USAGE names the place. Lives as long as `arena`. */
MUST_USE bool chain_rule_parse(struct arena *arena, struct chain_rule *rule, struct error *err);

/* The word of the plan file. False: it is none. */
MUST_USE bool chain_digest_find(const char *word, enum chain_digest *digest);
MUST_USE bool chain_encoding_find(const char *word, enum chain_encoding *encoding);

/* Whether the rule reads this source column: its stored bytes must then survive. */
bool chain_rule_reads(const struct chain_rule *rule, const char *source_column);

/* Whether a target column of this type gives back what the source stored, byte for
 * byte. Columns that a rule reads get such a type: text where it would be another. */
bool chain_type_is_exact(enum type_kind kind);

#endif
