/* zone.c — a zone as the list of all its spans of constant offset: those of the
 * TZif file, and 400 years' worth of what its rule says, after which the calendar repeats. */
#include "canonical/zone.h"

#include "base/text_put.h"
#include "canonical/zone_rule.h"

#include <stdlib.h>

enum { HEADER_SIZE = 44, FILE_SIZE_MAX = 1 << 20, TYPE_SIZE = 6 };

#define SECOND         INT64_C(1000000)
#define SPAN_400_YEARS INT64_C(12622780800) /* seconds */
#define REPEATS_FROM   INT64_C(13569465600) /* 2400-01-01 */
#define RULE_YEAR_LAST 2401

/* Until the next one begins. */
struct span {
    int64_t begin; /* seconds since 1970 UTC */
    int64_t offset;
};

struct canonical_zone {
    struct canonical_zone *older;
    char *name;
    struct span *spans; /* ascending; the first begins before all time */
    size_t count;
    size_t capacity;
    bool usable;
};

void
canonical_zones_free(struct canonical_zones *zones)
{
    while (zones->newest != NULL) {
        struct canonical_zone *zone = zones->newest;
        zones->newest = zone->older;
        free(zone->name);
        free(zone->spans);
        free(zone);
    }
}

static void
add_span(struct canonical_zone *zone, int64_t begin, int64_t offset)
{
    if (zone->count == zone->capacity) {
        zone->capacity = zone->capacity == 0 ? 256 : zone->capacity * 2;
        zone->spans = realloc(zone->spans, zone->capacity * sizeof *zone->spans);
        if (zone->spans == NULL) {
            abort(); /* as everywhere: out of memory */
        }
    }
    zone->spans[zone->count++] = (struct span){begin, offset};
}

static int64_t
number_at(const uint8_t *bytes, int size)
{
    uint64_t number = bytes[0] >= 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < size; i++) {
        number = number << 8 | bytes[i];
    }
    return (int64_t)number;
}

/* Where a header's data ends; times take so many bytes. 0: it is no header. */
static size_t
end_of_block(const struct text *file, size_t header, int time_size)
{
    const uint8_t *at = (const uint8_t *)file->bytes + header;
    if (header + HEADER_SIZE > file->length || memcmp(at, "TZif", 4) != 0) {
        return 0;
    }
    int64_t utc = number_at(at + 20, 4);
    int64_t standard = number_at(at + 24, 4);
    int64_t leaps = number_at(at + 28, 4);
    int64_t changes = number_at(at + 32, 4);
    int64_t types = number_at(at + 36, 4);
    int64_t characters = number_at(at + 40, 4);
    int64_t size = utc + standard + leaps * (time_size + 4) + changes * (time_size + 1) +
                   types * TYPE_SIZE + characters;
    bool sane = leaps == 0 && types > 0 && changes >= 0 && utc >= 0 && standard >= 0 &&
                characters >= 0 && size <= (int64_t)(file->length - header - HEADER_SIZE);
    return sane ? header + HEADER_SIZE + (size_t)size : 0;
}

static bool
add_table(struct canonical_zone *zone, const struct text *file, size_t header)
{
    const uint8_t *at = (const uint8_t *)file->bytes + header;
    size_t changes = (size_t)number_at(at + 32, 4);
    size_t types = (size_t)number_at(at + 36, 4);
    const uint8_t *times = at + HEADER_SIZE;
    const uint8_t *kinds = times + 8 * changes;
    const uint8_t *offsets = kinds + changes;
    add_span(zone, INT64_MIN, number_at(offsets, 4));
    for (size_t i = 0; i < changes; i++) {
        if (kinds[i] >= types) {
            return false;
        }
        add_span(zone, number_at(times + 8 * i, 8),
                 number_at(offsets + (size_t)kinds[i] * TYPE_SIZE, 4));
    }
    return true;
}

/* Appends what the rule says from the table's end on. */
static bool
add_rule(struct canonical_zone *zone, const char *footer, size_t size)
{
    struct canonical_zone_rule rule;
    const char *end = size > 1 && footer[0] == '\n' ? memchr(footer + 1, '\n', size - 1) : NULL;
    if (end == NULL) {
        return false;
    }
    if (end == footer + 1) {
        return true;
    }
    if (!canonical_zone_rule_read(footer + 1, end, &rule)) {
        return false;
    }
    int64_t from = zone->spans[zone->count - 1].begin;
    if (from == INT64_MIN) {
        zone->spans[zone->count - 1].offset = rule.standard; /* no table: only the rule */
    }
    int first = from < 0 ? 1969 : 1970 + (int)(from / 31556952);
    for (int year = first - 1; rule.has_daylight && year <= RULE_YEAR_LAST; year++) {
        struct span on = {canonical_zone_rule_begin(&rule, year), rule.daylight};
        struct span off = {canonical_zone_rule_end(&rule, year), rule.standard};
        struct span early = on.begin < off.begin ? on : off;
        struct span late = on.begin < off.begin ? off : on;
        if (early.begin > from) {
            add_span(zone, early.begin, early.offset);
        }
        if (late.begin > from) {
            add_span(zone, late.begin, late.offset);
        }
    }
    return true;
}

static bool
load(struct canonical_zone *zone)
{
    const char *directory = getenv("TZDIR");
    AUTO_TEXT path = {0};
    AUTO_TEXT file = {0};
    text_printf(&path, "%s/%s",
                directory == NULL || *directory == '\0' ? "/usr/share/zoneinfo" : directory,
                zone->name);
    FILE *stream = fopen(text_string(&path), "rbe");
    if (stream == NULL) {
        return false;
    }
    text_reserve(&file, FILE_SIZE_MAX);
    file.length = fread(file.bytes, 1, FILE_SIZE_MAX, stream);
    fclose(stream);
    size_t second = end_of_block(&file, 0, 4);
    size_t footer = second == 0 ? 0 : end_of_block(&file, second, 8);
    return footer > 0 && add_table(zone, &file, second) &&
           add_rule(zone, file.bytes + footer, file.length - footer);
}

/* +hh, +hhmm, +hh:mm, or with a minus. */
static bool
is_fixed(const char *name, int64_t *offset)
{
    static const char *const patterns[] = {"S99", "S9999", "S99:99"};
    *offset = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        int digits[4] = {0};
        size_t count = 0;
        size_t at = 0;
        for (; patterns[i][at] != '\0' && name[at] != '\0'; at++) {
            bool digit = name[at] >= '0' && name[at] <= '9';
            bool sign = name[at] == '+' || name[at] == '-';
            if ((digit ? '9' : sign ? 'S' : (int)name[at]) != patterns[i][at]) {
                break;
            }
            if (digit) {
                digits[count++] = name[at] - '0';
            }
        }
        if (patterns[i][at] == '\0' && name[at] == '\0') {
            int minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
            *offset = (*name == '-' ? INT64_C(-60) : 60) * minutes;
            return true;
        }
    }
    return strcmp(name, "UTC") == 0;
}

static struct canonical_zone *
find(struct canonical_zones *zones, const char *name)
{
    for (struct canonical_zone *zone = zones->newest; zone != NULL; zone = zone->older) {
        if (strcmp(zone->name, name) == 0) {
            return zone;
        }
    }
    struct canonical_zone *zone = calloc(1, sizeof *zone);
    char *copy = strdup(name);
    int64_t offset;
    if (zone == NULL || copy == NULL) {
        abort();
    }
    zone->name = copy;
    zone->older = zones->newest;
    zones->newest = zone;
    if (is_fixed(name, &offset)) {
        add_span(zone, INT64_MIN, offset);
        zone->usable = true;
    } else {
        zone->usable = load(zone);
    }
    return zone;
}

/* Index of the last span that begins at or before. */
static size_t
span_at(const struct canonical_zone *zone, int64_t moment)
{
    size_t low = 0;
    size_t high = zone->count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (zone->spans[middle].begin <= moment) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

bool
canonical_zone_apply(struct canonical_zones *zones, const char *name, int64_t *microseconds)
{
    const struct canonical_zone *zone = find(zones, name);
    if (!zone->usable) {
        return false;
    }
    int64_t local = *microseconds / SECOND - (*microseconds % SECOND < 0 ? 1 : 0);
    int64_t moved = 0;
    while (local - moved >= REPEATS_FROM) {
        moved += SPAN_400_YEARS;
    }
    local -= moved;
    for (size_t i = span_at(zone, local - 172800); i < zone->count; i++) {
        const struct span *span = &zone->spans[i];
        int64_t moment = local - span->offset;
        bool begun = moment >= span->begin;
        bool ended = i + 1 < zone->count && moment >= zone->spans[i + 1].begin;
        if (begun && !ended) {
            *microseconds -= span->offset * SECOND;
            return true;
        }
        if (span->begin > local + 172800) {
            break;
        }
    }
    return false;
}
