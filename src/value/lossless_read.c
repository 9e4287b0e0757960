/* lossless_read.c — see lossless_read.h. */
#include "value/lossless_read.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum member_kind {
    MEMBER_NULL,
    MEMBER_INTEGER,
    MEMBER_REAL,
    MEMBER_TEXT,
    MEMBER_RAW,
    MEMBER_BLOB
};

/* One value, taken apart. */
struct member {
    enum member_kind kind;
    unsigned char encoding; /* of the bytes of MEMBER_RAW */
    const char *text;       /* as in the JSON; NULL for NULL */
    size_t size;
};

bool
lossless_reader_open(struct lossless_reader *reader, const char *encoding, struct error *err)
{
    AUTO_TEXT sql = {0};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
    text_printf(&sql, "PRAGMA encoding = '%s'", encoding);
    if (sqlite3_open_v2(":memory:", &reader->handle, flags, NULL) != SQLITE_OK ||
        sqlite3_exec(reader->handle, text_string(&sql), NULL, NULL, NULL) != SQLITE_OK) {
        return error_set(err, ERROR_SYSTEM, "open a database in memory");
    }
    return true;
}

void
lossless_reader_close(struct lossless_reader *reader)
{
    sqlite3_finalize(reader->row);
    sqlite3_close(reader->handle);
    *reader = (struct lossless_reader){0};
}

static bool
take_apart(const json_t *value, struct member *member)
{
    static const struct {
        const char *name;
        enum member_kind kind;
        unsigned char encoding;
    } kinds[] = {{"integer", MEMBER_INTEGER, 0},
                 {"real", MEMBER_REAL, 0},
                 {"text", MEMBER_TEXT, 0},
                 {"text_hex", MEMBER_RAW, SQLITE_UTF8},
                 {"text_utf16le_hex", MEMBER_RAW, SQLITE_UTF16LE},
                 {"text_utf16be_hex", MEMBER_RAW, SQLITE_UTF16BE},
                 {"blob", MEMBER_BLOB, 0}};
    *member = (struct member){MEMBER_NULL};
    if (value == NULL || json_is_null(value)) {
        return true;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const json_t *text = json_object_get(value, kinds[i].name);
        if (json_is_string(text) && json_object_size(value) == 1) {
            *member = (struct member){kinds[i].kind, kinds[i].encoding, json_string_value(text),
                                      json_string_length(text)};
            bool utf16 = member->kind == MEMBER_RAW && member->encoding != SQLITE_UTF8;
            return !utf16 || member->size % 4 == 0;
        }
    }
    return false;
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
bind_bytes(sqlite3_stmt *statement, int index, const struct member *member)
{
    size_t size = member->size / 2;
    unsigned char *bytes = sqlite3_malloc64(size + 1);
    bool ok = bytes != NULL && member->size % 2 == 0;
    for (size_t i = 0; ok && i < size; i++) {
        int high = hex_digit(member->text[2 * i]);
        int low = hex_digit(member->text[2 * i + 1]);
        ok = high >= 0 && low >= 0;
        bytes[i] = (unsigned char)(high * 16 + low);
    }
    if (!ok) {
        sqlite3_free(bytes);
        return false;
    }
    int outcome = member->kind == MEMBER_BLOB
                      ? sqlite3_bind_blob64(statement, index, bytes, size, sqlite3_free)
                      : sqlite3_bind_text64(statement, index, (const char *)bytes, size,
                                            sqlite3_free, member->encoding);
    return outcome == SQLITE_OK;
}

static bool
bind_number(sqlite3_stmt *statement, int index, const struct member *member)
{
    char *end = NULL;
    if (member->size == 0) {
        return false;
    }
    errno = 0;
    if (member->kind == MEMBER_INTEGER) {
        long long number = strtoll(member->text, &end, 10);
        return *end == '\0' && errno == 0 &&
               sqlite3_bind_int64(statement, index, number) == SQLITE_OK;
    }
    double number = strtod(member->text, &end); /* too small is no error: what it wrote */
    return *end == '\0' && sqlite3_bind_double(statement, index, number) == SQLITE_OK;
}

static bool
bind_member(sqlite3_stmt *statement, int index, const struct member *member)
{
    switch (member->kind) {
    case MEMBER_NULL: return true;
    case MEMBER_INTEGER:
    case MEMBER_REAL: return bind_number(statement, index, member);
    case MEMBER_TEXT:
        return sqlite3_bind_text64(statement, index, member->text, member->size,
                                   SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK;
    case MEMBER_RAW:
    case MEMBER_BLOB: break;
    }
    return bind_bytes(statement, index, member);
}

static bool
refuse(const char *name, struct error *err)
{
    return error_set(err, ERROR_SOURCE, "column \"%s\" of a row set aside cannot be read back",
                     name);
}

static bool
prepare(struct lossless_reader *reader, size_t count, struct error *err)
{
    AUTO_TEXT sql = {0};
    for (size_t i = 0; i < count; i++) {
        text_printf(&sql, "%s?%zu", i == 0 ? "SELECT " : ", ", i + 1);
    }
    sqlite3_finalize(reader->row);
    reader->row = NULL;
    if (sqlite3_prepare_v2(reader->handle, text_string(&sql), -1, &reader->row, NULL) !=
        SQLITE_OK) {
        return error_set(err, ERROR_SOURCE, "a row set aside has too many columns");
    }
    return true;
}

bool
lossless_reader_take(struct lossless_reader *reader, const json_t *row,
                     const char *const *names, size_t count, struct error *err)
{
    struct member member;
    if (!prepare(reader, count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!take_apart(json_object_get(row, names[i]), &member) ||
            !bind_member(reader->row, (int)i + 1, &member)) {
            return refuse(names[i], err);
        }
    }
    if (sqlite3_step(reader->row) != SQLITE_ROW) {
        return error_set(err, ERROR_SOURCE, "a row set aside cannot be read back: %s",
                         sqlite3_errmsg(reader->handle));
    }
    return true;
}

sqlite3_value *
lossless_reader_value(const struct lossless_reader *reader, size_t index)
{
    return sqlite3_column_value(reader->row, (int)index);
}
