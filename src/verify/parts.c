/* parts.c — see parts.h. */
#include "verify/parts.h"

#include "base/clock.h"
#include "base/hash.h"

#include <inttypes.h>
#include <math.h>

enum {
    PARTS_PER_STREAM = 16,    /* so that streams which meet fuller parts do not end last */
    PAGES_PER_PART_MIN = 256, /* 2 MB: below that, starting a query counts */
    SAMPLE_STRIPES = 64,
};

void
parts_restart(struct parts *parts)
{
    atomic_store(&parts->next_range, 0);
    atomic_store(&parts->next_select, 0);
}

const struct scan_range *
parts_next_range(struct parts *parts)
{
    size_t taken = atomic_fetch_add(&parts->next_range, 1);
    return taken < parts->range_count ? &parts->ranges[taken] : NULL;
}

const char *
parts_next_select(struct parts *parts)
{
    size_t taken = atomic_fetch_add(&parts->next_select, 1);
    return taken < parts->select_count ? parts->selects[taken] : NULL;
}

void
parts_end(struct parts *parts)
{
    atomic_store(&parts->next_range, parts->range_count);
    atomic_store(&parts->next_select, parts->select_count);
}

static void
add_range(struct arena *arena, struct parts *parts, int64_t low, int64_t high)
{
    *ARENA_APPEND(arena, parts->ranges, parts->range_count) = (struct scan_range){low, high};
}

static void
add_select(struct arena *arena, struct parts *parts, const struct text *sql)
{
    *ARENA_APPEND(arena, parts->selects, parts->select_count) = arena_strdup(arena,
                                                                             text_string(sql));
}

/* low + width * index / count, without overflow at either end of the rowids. */
static int64_t
point_between(struct scan_range bounds, size_t index, size_t count)
{
    uint64_t width = (uint64_t)bounds.high - (uint64_t)bounds.low;
    uint64_t offset = width / count * index + width % count * index / count;
    return (int64_t)((uint64_t)bounds.low + offset);
}

/* The first and the last range are open, as a sample's must meet what only the
 * target has. */
static void
cut_rowids(struct arena *arena, struct scan_range bounds, size_t count, struct parts *parts)
{
    int64_t low = INT64_MIN;
    for (size_t i = 1; i <= count; i++) {
        int64_t high = i == count ? INT64_MAX : point_between(bounds, i, count);
        if (high >= low) {
            add_range(arena, parts, low, high);
        }
        if (high == INT64_MAX) {
            break;
        }
        low = high + 1;
    }
}

static void
cut_places(struct arena *arena, const struct shape *shape, double pages, size_t count,
           struct parts *parts)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_TEXT sql = {0};
        text_printf(&sql, "%s WHERE ctid >= '(%.0f,0)'", shape->select_open,
                    floor(pages * (double)i / (double)count));
        if (i + 1 < count) { /* the last takes what was added since */
            text_printf(&sql, " AND ctid < '(%.0f,0)'",
                        floor(pages * (double)(i + 1) / (double)count));
        }
        text_add(&sql, shape->select_end);
        add_select(arena, parts, &sql);
    }
}

static void
add_whole_target(struct arena *arena, const struct shape *shape, struct parts *parts)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "%s%s", shape->select_open, shape->select_end);
    add_select(arena, parts, &sql);
}

/* The key is the rowid on one side and a bigint on the other: ranges mean the same. */
static bool
key_is_rowid(const struct shape *shape)
{
    if (shape->key_count != 1 || shape->columns[0].type->kind != TYPE_BIGINT ||
        shape->source->rowid_name == NULL) {
        return false;
    }
    return shape->source->columns[shape->columns[0].source_column].rowid_alias;
}

static void
add_key_range(struct arena *arena, const struct shape *shape, struct scan_range range,
              struct parts *parts)
{
    AUTO_TEXT sql = {0};
    add_range(arena, parts, range.low, range.high);
    text_printf(&sql, "%s WHERE ", shape->select_open);
    target_quote_name(&sql, shape->columns[0].name);
    text_printf(&sql, " BETWEEN %" PRId64 " AND %" PRId64 "%s", range.low, range.high,
                shape->select_end);
    add_select(arena, parts, &sql);
}

/* One range in each stripe of the keys, somewhere else every time. */
static void
choose_sample(struct arena *arena, const struct parts_request *request,
              struct scan_range bounds, struct parts *parts)
{
    uint64_t seed = (uint64_t)clock_monotonic_ms();
    uint64_t stripe = ((uint64_t)bounds.high - (uint64_t)bounds.low) / SAMPLE_STRIPES + 1;
    uint64_t length = (uint64_t)ceil((double)stripe * request->sample);
    uint64_t room = stripe - (length < stripe ? length : stripe) + 1;
    parts->sampled = true;
    for (uint64_t i = 0; i < SAMPLE_STRIPES; i++) {
        uint64_t offset = stripe * i + XXH64_avalanche(seed + i) % room;
        if (offset > (uint64_t)bounds.high - (uint64_t)bounds.low) {
            break;
        }
        int64_t low = (int64_t)((uint64_t)bounds.low + offset);
        int64_t high = 0;
        if (__builtin_add_overflow(low, (int64_t)length - 1, &high)) {
            high = INT64_MAX;
        }
        add_key_range(arena, request->shape, (struct scan_range){low, high}, parts);
    }
    if (bounds.low > INT64_MIN) {
        add_key_range(arena, request->shape, (struct scan_range){INT64_MIN, bounds.low - 1},
                      parts);
    }
    if (bounds.high < INT64_MAX) {
        add_key_range(arena, request->shape, (struct scan_range){bounds.high + 1, INT64_MAX},
                      parts);
    }
}

bool
parts_build(struct arena *arena, const struct parts_request *request, struct parts *parts,
            struct error *err)
{
    const struct shape *shape = request->shape;
    struct scan_range bounds = SCAN_EVERYTHING;
    bool empty = true;
    bool sample = request->sample > 0 && key_is_rowid(shape);
    size_t wanted = request->streams > 1 ? request->streams * PARTS_PER_STREAM : 1;
    *parts = (struct parts){0};
    if ((sample || wanted > 1) && shape->source->rowid_name != NULL &&
        !scan_bounds(request->source, shape->source, &bounds, &empty, err)) {
        return false;
    }
    if (sample && !empty) {
        choose_sample(arena, request, bounds, parts);
        return true;
    }
    cut_rowids(arena, bounds, empty ? 1 : wanted, parts);
    double places = floor(request->pages / PAGES_PER_PART_MIN);
    size_t place_count = places < (double)wanted ? (size_t)places : wanted;
    if (place_count > 1) {
        cut_places(arena, shape, request->pages, place_count, parts);
    } else {
        add_whole_target(arena, shape, parts);
    }
    return true;
}
