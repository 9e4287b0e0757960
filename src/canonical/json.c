/* json.c — see json.h. */
#include "canonical/json.h"

#include "base/text_put.h"
#include "canonical/json_reading.h"

static struct json_spot read_other(struct json_reader *reader, struct json_spot spot);

/* From its first character on. */
static inline struct json_spot
read_value(struct json_reader *reader, struct json_spot spot)
{
    if (spot.at == reader->end) {
        return json_failed();
    }
    return *spot.at == '"' ? json_read_string(reader, spot) : read_other(reader, spot);
}

static inline const uint8_t *
skip_blanks(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at <= ' ' &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

static struct json_spot
read_word(const struct json_reader *reader, struct json_spot spot, const char *word,
          size_t size)
{
    if ((size_t)(reader->end - spot.at) < size || memcmp(spot.at, word, size) != 0) {
        return json_failed();
    }
    memcpy(spot.to, word, size);
    return (struct json_spot){spot.at + size, spot.to + size};
}

/* Behind the bracket of a container: whether it is empty. */
static inline bool
is_empty(const struct json_reader *reader, struct json_spot *spot, uint8_t close)
{
    *spot->to++ = (char)*spot->at++;
    spot->at = skip_blanks(spot->at, reader->end);
    return spot->at < reader->end && *spot->at == close;
}

/* Behind a value: a comma leads to the next one, `close` ends the container. */
static inline bool
goes_on(const struct json_reader *reader, struct json_spot *spot, uint8_t close)
{
    spot->at = skip_blanks(spot->at, reader->end);
    if (spot->at == reader->end || *spot->at != ',') {
        spot->at = spot->at < reader->end && *spot->at == close ? spot->at : NULL;
        return false;
    }
    memcpy(spot->to, ", ", 2);
    spot->to += 2;
    spot->at = skip_blanks(spot->at + 1, reader->end);
    return true;
}

static inline struct json_spot
end_container(struct json_spot spot)
{
    *spot.to = (char)*spot.at;
    return (struct json_spot){spot.at + 1, spot.to + 1};
}

static struct json_spot
read_array(struct json_reader *reader, struct json_spot spot)
{
    if (is_empty(reader, &spot, ']')) {
        return end_container(spot);
    }
    do {
        spot = read_value(reader, spot);
    } while (spot.at != NULL && goes_on(reader, &spot, ']'));
    return spot.at == NULL ? spot : end_container(spot);
}

/* The key and what leads to the value. */
static inline struct json_spot
read_key(struct json_reader *reader, struct json_spot spot)
{
    size_t start = (size_t)(spot.to - reader->out->bytes);
    reader->escaped = false;
    spot = json_read_string(reader, spot);
    if (spot.at == NULL) {
        return spot;
    }
    json_member_begin(reader, start, (size_t)(spot.to - reader->out->bytes));
    spot.at = skip_blanks(spot.at, reader->end);
    if (spot.at == reader->end || *spot.at != ':') {
        return json_failed();
    }
    memcpy(spot.to, ": ", 2);
    return (struct json_spot){skip_blanks(spot.at + 1, reader->end), spot.to + 2};
}

static inline struct json_spot
read_member(struct json_reader *reader, struct json_spot spot)
{
    struct canonical_json_scratch *scratch = reader->scratch;
    spot = read_key(reader, spot);
    if (spot.at == NULL) {
        return spot;
    }
    spot = read_value(reader, spot);
    if (spot.at == NULL) {
        return spot;
    }
    size_t end = (size_t)(spot.to - reader->out->bytes);
    scratch->members[scratch->member_count - 1].end = end;
    return spot;
}

static struct json_spot
read_object(struct json_reader *reader, struct json_spot spot)
{
    size_t base = reader->scratch->member_count;
    if (is_empty(reader, &spot, '}')) {
        return end_container(spot);
    }
    do {
        spot = read_member(reader, spot);
    } while (spot.at != NULL && goes_on(reader, &spot, '}'));
    if (spot.at == NULL) {
        return spot;
    }
    spot.to = json_members_end(reader, base, spot.to);
    return end_container(spot);
}

static struct json_spot
read_container(struct json_reader *reader, struct json_spot spot)
{
    if (++reader->depth > CANONICAL_JSON_DEPTH_MAX) {
        return json_failed();
    }
    spot = *spot.at == '{' ? read_object(reader, spot) : read_array(reader, spot);
    reader->depth--;
    return spot;
}

/* What is no string. */
static struct json_spot
read_other(struct json_reader *reader, struct json_spot spot)
{
    switch (*spot.at) {
    case '{':
    case '[': return read_container(reader, spot);
    case 't': return read_word(reader, spot, "true", 4);
    case 'f': return read_word(reader, spot, "false", 5);
    case 'n': return read_word(reader, spot, "null", 4);
    default: return json_read_number(reader, spot);
    }
}

bool
canonical_json_read(struct text *out, struct canonical_json_scratch *scratch,
                    const uint8_t *bytes, size_t size)
{
    struct json_reader reader = {.end = bytes + size, .out = out, .scratch = scratch};
    size_t start = out->length;
    text_make_room(out, 2 * size + JSON_SLACK);
    scratch->member_count = 0;
    scratch->keys.length = 0;
    struct json_spot spot = {skip_blanks(bytes, reader.end), out->bytes + start};
    spot = read_value(&reader, spot);
    bool read = spot.at != NULL && skip_blanks(spot.at, reader.end) == reader.end;
    out->length = read ? (size_t)(spot.to - out->bytes) : start;
    out->bytes[out->length] = '\0';
    return read;
}

/* Only a number such as 1.50 is printed in another way; in a string it may stand as it is, which
 * is not found out here. */
bool
canonical_json_is_form(const uint8_t *printed, size_t size)
{
    const uint8_t *at = printed;
    const uint8_t *end = printed + size;
    while ((at = memchr(at, '.', (size_t)(end - at))) != NULL) {
        at++;
        while (at < end && json_is_digit(*at)) {
            at++;
        }
        if (at[-1] == '0') {
            return false;
        }
    }
    return true;
}
