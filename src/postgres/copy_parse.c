/* copy_parse.c — see copy_parse.h. A row never spans two messages: every server
 * sends whole rows (PostgreSQL documentation, "COPY Operations"). */
#include "postgres/copy_parse.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

static const char signature[] = "PGCOPY\n\377\r\n"; /* its NUL is part of it */
enum { SIGNATURE_SIZE = 11 };
static const uint32_t flags_that_matter = 0xffff0000U;

static size_t
bytes_left(const struct copy_reader *reader)
{
    return (size_t)(reader->end - reader->cursor);
}

static uint16_t
take_u16(struct copy_reader *reader)
{
    const uint8_t *bytes = reader->cursor;
    reader->cursor += 2;
    return (uint16_t)((bytes[0] << 8) | bytes[1]);
}

static uint32_t
take_u32(struct copy_reader *reader)
{
    uint32_t high = take_u16(reader);
    return (high << 16) | take_u16(reader);
}

static enum copy_parse
broken(struct error *err, const char *what)
{
    error_set(err, ERROR_TARGET, "the server's COPY data is damaged: %s", what);
    return PARSE_BROKEN;
}

/* The signature, flags, and an extension that may be skipped. */
static bool
skip_header(struct copy_reader *reader, struct error *err)
{
    if (bytes_left(reader) < SIGNATURE_SIZE + 8 ||
        memcmp(reader->cursor, signature, SIGNATURE_SIZE) != 0) {
        broken(err, "no binary header");
        return false;
    }
    reader->cursor += SIGNATURE_SIZE;
    if ((take_u32(reader) & flags_that_matter) != 0) {
        broken(err, "unknown flags in the header");
        return false;
    }
    uint32_t extension = take_u32(reader);
    if (extension > bytes_left(reader)) {
        broken(err, "the header is cut short");
        return false;
    }
    reader->cursor += extension;
    reader->header_read = true;
    return true;
}

/* The field at `at`; where the next one is, or NULL when it is longer than its row. */
static const uint8_t *
read_field(const uint8_t *at, const uint8_t *end, struct copy_field *field)
{
    uint32_t size;
    if (end - at < (ptrdiff_t)sizeof size) {
        return NULL;
    }
    memcpy(&size, at, sizeof size);
    size = be32toh(size);
    at += sizeof size;
    if (size == UINT32_MAX) {
        *field = (struct copy_field){.bytes = NULL, .size = -1};
        return at;
    }
    if (size > INT32_MAX || size > (size_t)(end - at)) {
        return NULL;
    }
    *field = (struct copy_field){.bytes = at, .size = (int32_t)size};
    return at + size;
}

enum copy_parse
copy_parse_row(struct copy_reader *reader, struct copy_field *fields, size_t field_count,
               struct error *err)
{
    if (bytes_left(reader) > 0 && !reader->header_read && !skip_header(reader, err)) {
        return PARSE_BROKEN;
    }
    if (bytes_left(reader) == 0) {
        return PARSE_NEEDS_MESSAGE;
    }
    if (bytes_left(reader) < 2) {
        return broken(err, "a row is cut short");
    }
    uint16_t count = take_u16(reader);
    if (count == UINT16_MAX) {
        return PARSE_TRAILER;
    }
    if (count != field_count) {
        return broken(err, "a row has another number of fields than asked for");
    }
    const uint8_t *at = reader->cursor;
    for (size_t i = 0; i < field_count; i++) {
        at = read_field(at, reader->end, &fields[i]);
        if (at == NULL) {
            return broken(err, "a field is longer than its row");
        }
    }
    reader->cursor = at;
    return PARSE_ROW;
}
