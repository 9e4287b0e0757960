/* zone.c — reads TZif files (RFC 9636) and answers from their table and rule. */
#include "value/zone.h"

#include "base/text.h"
#include "value/zone_rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_SIZE_MAX = 1 << 20,
    HEADER_SIZE = 44,
    TYPE_SIZE = 6, /* offset, daylight saving, abbreviation */
    DAY_SECONDS = 86400,
    OFFSET_HOURS_MAX = 15,
};

struct zone {
    const char *name;
    size_t count;           /* of changes */
    const int64_t *changes; /* seconds since 1970 UTC, ascending */
    const int32_t *offsets; /* one more: [i] is in force before changes[i] */
    bool has_rule;          /* for what comes after the last change */
    struct zone_rule rule;
};

/* The counts of a TZif header, in its order. */
struct header {
    uint8_t version;
    uint32_t utc_marks;
    uint32_t standard_marks;
    uint32_t leaps;
    uint32_t changes;
    uint32_t types;
    uint32_t characters;
};

static uint64_t
read_big_endian(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static bool
read_header(const uint8_t *bytes, size_t size, struct header *header)
{
    if (size < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0) {
        return false;
    }
    uint32_t counts[6];
    for (size_t i = 0; i < 6; i++) {
        counts[i] = (uint32_t)read_big_endian(bytes + 20 + 4 * i, 4);
        if (counts[i] > FILE_SIZE_MAX) {
            return false;
        }
    }
    *header = (struct header){bytes[4],  counts[0], counts[1], counts[2],
                              counts[3], counts[4], counts[5]};
    return true;
}

/* Of the block behind a header whose times take `time_size` bytes. */
static size_t
block_size(const struct header *header, size_t time_size)
{
    return header->changes * (time_size + 1) + (size_t)header->types * TYPE_SIZE +
           header->characters + header->leaps * (time_size + 4) + header->standard_marks +
           header->utc_marks;
}

static bool
read_table(struct arena *arena, const uint8_t *block, const struct header *header,
           struct zone *zone)
{
    const uint8_t *indexes = block + (size_t)header->changes * 8;
    const uint8_t *types = indexes + header->changes;
    int64_t *changes = arena_alloc(arena, (header->changes + 1) * sizeof *changes);
    int32_t *offsets = arena_alloc(arena, (header->changes + 1) * sizeof *offsets);
    offsets[0] = (int32_t)read_big_endian(types, 4);
    for (size_t i = 0; i < header->changes; i++) {
        changes[i] = (int64_t)read_big_endian(block + 8 * i, 8);
        if (indexes[i] >= header->types || (i > 0 && changes[i] <= changes[i - 1])) {
            return false;
        }
        offsets[i + 1] = (int32_t)read_big_endian(types + (size_t)indexes[i] * TYPE_SIZE, 4);
    }
    for (size_t i = 0; i <= header->changes; i++) {
        if (abs(offsets[i]) > 26 * 3600) {
            return false;
        }
    }
    zone->count = header->changes;
    zone->changes = changes;
    zone->offsets = offsets;
    return true;
}

/* The rule between two line ends; empty: there is none. */
static bool
read_footer(const char *text, size_t size, struct zone *zone)
{
    const char *end = size > 1 && *text == '\n' ? memchr(text + 1, '\n', size - 1) : NULL;
    if (end == NULL) {
        return false;
    }
    zone->has_rule = end > text + 1;
    return !zone->has_rule || zone_rule_read(text + 1, (size_t)(end - text - 1), &zone->rule);
}

static bool
read_file(struct arena *arena, const struct text *file, struct zone *zone)
{
    const uint8_t *bytes = (const uint8_t *)text_string(file);
    struct header first;
    struct header header;
    if (!read_header(bytes, file->length, &first) || first.version < '2') {
        return false;
    }
    size_t start = HEADER_SIZE + block_size(&first, 4);
    if (start > file->length || !read_header(bytes + start, file->length - start, &header) ||
        header.types == 0 || header.leaps != 0) {
        return false;
    }
    start += HEADER_SIZE;
    size_t size = block_size(&header, 8);
    return size <= file->length - start && read_table(arena, bytes + start, &header, zone) &&
           read_footer((const char *)bytes + start + size, file->length - start - size, zone);
}

static bool
is_file_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_+-/";
    return *name != '\0' && *name != '/' && name[strspn(name, allowed)] == '\0';
}

static bool
load_file(const char *name, struct text *file, struct error *err)
{
    const char *directory = getenv("TZDIR");
    AUTO_TEXT path = {0};
    text_printf(&path, "%s/%s",
                directory == NULL || *directory == '\0' ? "/usr/share/zoneinfo" : directory,
                name);
    FILE *stream = fopen(text_string(&path), "rbe");
    if (stream == NULL && (errno == ENOENT || errno == ENOTDIR)) {
        return error_set(err, ERROR_USAGE, "there is no time zone \"%s\"", name) ||
               error_hint(err, "name one as in %s (tzdata), or an offset such as +02:00",
                          text_string(&path));
    }
    if (stream == NULL) {
        return error_set(err, ERROR_SYSTEM, "open %s", text_string(&path));
    }
    text_reserve(file, FILE_SIZE_MAX);
    file->length = fread(file->bytes, 1, FILE_SIZE_MAX, stream);
    bool broken = ferror(stream) != 0;
    fclose(stream);
    return !broken || error_set(err, ERROR_USAGE, "time zone \"%s\" cannot be read", name);
}

/* "+hh", "+hhmm" or "+hh:mm", or with -. */
static bool
read_offset(const char *name, int32_t *seconds)
{
    int digits[4] = {0};
    size_t count = 0;
    bool west = *name == '-';
    if (!west && *name != '+') {
        return false;
    }
    for (const char *at = name + 1; *at != '\0'; at++) {
        if (*at == ':' && count == 2 && at == name + 3 && at[1] != '\0') {
            continue;
        }
        if (*at < '0' || *at > '9' || count == 4) {
            return false;
        }
        digits[count++] = *at - '0';
    }
    int hours = digits[0] * 10 + digits[1];
    int minutes = digits[2] * 10 + digits[3];
    *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return (count == 2 || count == 4) && hours <= OFFSET_HOURS_MAX && minutes < 60;
}

bool
zone_open(struct arena *arena, const char *name, const struct zone **zone, struct error *err)
{
    struct zone *opened = arena_alloc(arena, sizeof *opened);
    int32_t *fixed = arena_alloc(arena, sizeof *fixed);
    opened->name = arena_strdup(arena, name);
    opened->offsets = fixed;
    *zone = opened;
    if (read_offset(name, fixed) || strcmp(name, "UTC") == 0) {
        return true;
    }
    if (!is_file_name(name)) {
        return error_set(err, ERROR_USAGE, "\"%s\" is no time zone", name) ||
               error_hint(err, "name one such as Europe/Berlin, or an offset such as +02:00");
    }
    AUTO_TEXT file = {0};
    if (!load_file(name, &file, err)) {
        return false;
    }
    return read_file(arena, &file, opened) ||
           error_set(err, ERROR_USAGE,
                     "time zone \"%s\" is not a TZif file of version 2 or later, "
                     "without leap seconds",
                     name);
}

const char *
zone_name(const struct zone *zone)
{
    return zone->name;
}

int32_t
zone_offset_at(const struct zone *zone, int64_t utc)
{
    size_t low = 0;
    size_t high = zone->count;
    if (zone->has_rule && (high == 0 || utc >= zone->changes[high - 1])) {
        return zone_rule_offset(&zone->rule, utc);
    }
    while (low < high) { /* the first change later than utc */
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle] <= utc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return zone->offsets[low];
}

enum zone_local
zone_offset_of_local(const struct zone *zone, int64_t local, int32_t *offset)
{
    /* No clock is a day off, so these are moments before and after. Whatever the
     * clock was set to within is found from either side. */
    int32_t before = zone_offset_at(zone, local - DAY_SECONDS);
    int32_t after = zone_offset_at(zone, local + DAY_SECONDS);
    const int32_t candidates[] = {before, after, zone_offset_at(zone, local - before),
                                  zone_offset_at(zone, local - after)};
    enum zone_local found = ZONE_LOCAL_SKIPPED;
    *offset = before;
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        int32_t candidate = candidates[i];
        if (zone_offset_at(zone, local - candidate) != candidate) {
            continue;
        }
        if (found == ZONE_LOCAL_SKIPPED) {
            found = ZONE_LOCAL_ONCE;
            *offset = candidate;
        } else if (candidate != *offset) {
            found = ZONE_LOCAL_TWICE;
            *offset = candidate > *offset ? candidate : *offset; /* the earlier moment */
        }
    }
    return found;
}
