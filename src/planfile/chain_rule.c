/* chain_rule.c — reads what a chain's rule says; see chain_rule.h. */
#include "planfile/chain_rule.h"

#include "base/text.h"

#include <string.h>

/* Reads the template from front to end. */
struct template_reader {
    struct arena *arena;
    struct chain_rule *rule;
    const char *at;
    struct text literal; /* gathered, not yet a part */
};

static void
end_literal(struct template_reader *reader)
{
    struct text *literal = &reader->literal;
    if (literal->length > 0) {
        struct chain_part *part = ARENA_APPEND(reader->arena, reader->rule->parts,
                                               reader->rule->part_count);
        part->literal = arena_strndup(reader->arena, literal->bytes, literal->length);
        part->literal_size = literal->length;
        text_reset(literal);
    }
}

static bool
find_form(const char *word, size_t size, enum chain_form *form)
{
    static const char *const words[] = {
        [CHAIN_STORED] = "text",
        [CHAIN_JSON] = "json",
        [CHAIN_QUOTED] = "quoted",
        [CHAIN_LOWER_HEX] = "hex",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == size && memcmp(words[i], word, size) == 0) {
            *form = (enum chain_form)i;
            return true;
        }
    }
    return false;
}

/* A colon in a column's name is fine as long as no form follows it. */
static void
add_value(struct template_reader *reader, const char *name, size_t size)
{
    struct chain_part *part = ARENA_APPEND(reader->arena, reader->rule->parts,
                                           reader->rule->part_count);
    const char *colon = memrchr(name, ':', size);
    if (colon != NULL && find_form(colon + 1, size - (size_t)(colon + 1 - name), &part->form)) {
        size = (size_t)(colon - name);
    }
    char *column = arena_strndup(reader->arena, name, size);
    part->column = strcmp(column, "previous") == 0 ? NULL : column;
}

static bool
refuse(const struct template_reader *reader, struct error *err, const char *what)
{
    error_set(err, ERROR_USAGE, "chain: over: %s at byte %zu of \"%s\"", what,
              (size_t)(reader->at - reader->rule->over) + 1, reader->rule->over);
    return error_hint(err, "write {column}, {column:json} or {previous}; {{ and }} are braces");
}

static bool
read_braces(struct template_reader *reader, struct error *err)
{
    const char *name = reader->at + 1;
    const char *end = name + strcspn(name, "{}");
    if (*end != '}') {
        return refuse(reader, err, "a brace that is not closed");
    }
    if (end == name || *name == ':') {
        return refuse(reader, err, "no column");
    }
    end_literal(reader);
    add_value(reader, name, (size_t)(end - name));
    reader->at = end + 1;
    return true;
}

static bool
read_part(struct template_reader *reader, struct error *err)
{
    char c = *reader->at;
    if ((c == '{' || c == '}') && reader->at[1] != c) {
        return c == '{' ? read_braces(reader, err) : refuse(reader, err, "a lonely brace");
    }
    text_add_char(&reader->literal, c);
    reader->at += c == '{' || c == '}' ? 2 : 1;
    return true;
}

bool
chain_rule_parse(struct arena *arena, struct chain_rule *rule, struct error *err)
{
    struct template_reader reader = {.arena = arena, .rule = rule, .at = rule->over};
    bool ok = true;
    rule->parts = NULL;
    rule->part_count = 0;
    while (ok && *reader.at != '\0') {
        ok = read_part(&reader, err);
    }
    end_literal(&reader);
    if (ok && rule->part_count == 0) {
        ok = refuse(&reader, err, "nothing to hash");
    }
    text_free(&reader.literal);
    return ok;
}

bool
chain_digest_find(const char *word, enum chain_digest *digest)
{
    static const struct {
        const char *word;
        enum chain_digest digest;
    } known[] = {{"sha256", CHAIN_SHA256},
                 {"sha512", CHAIN_SHA512},
                 {"blake2b", CHAIN_BLAKE2B_512},
                 {"blake2b-512", CHAIN_BLAKE2B_512},
                 {"blake2b-256", CHAIN_BLAKE2B_256}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].word, word) == 0) {
            *digest = known[i].digest;
            return true;
        }
    }
    return false;
}

bool
chain_encoding_find(const char *word, enum chain_encoding *encoding)
{
    bool hex = strcmp(word, "hex") == 0;
    *encoding = hex ? CHAIN_HEX : CHAIN_BASE64;
    return hex || strcmp(word, "base64") == 0;
}

bool
chain_rule_reads(const struct chain_rule *rule, const char *source_column)
{
    if (strcasecmp(rule->hash, source_column) == 0 ||
        (rule->previous != NULL && strcasecmp(rule->previous, source_column) == 0)) {
        return true;
    }
    for (size_t i = 0; i < rule->part_count; i++) {
        const char *column = rule->parts[i].column;
        if (column != NULL && strcasecmp(column, source_column) == 0) {
            return true;
        }
    }
    return false;
}

bool
chain_type_is_exact(enum type_kind kind)
{
    return kind == TYPE_BIGINT || kind == TYPE_DOUBLE || kind == TYPE_TEXT ||
           kind == TYPE_VARCHAR || kind == TYPE_BYTEA || kind == TYPE_JSON;
}
