/* inspect_part.c — see inspect_part.h. */
#include "plan/inspect_part.h"

#include "base/stop.h"

#include <inttypes.h>

enum { ROWS_PER_REPORT = 256 };

static void *
heap(void *old, size_t count, size_t size)
{
    void *memory = reallocarray(old, count == 0 ? 1 : count, size);
    if (memory == NULL) {
        fputs("outgrow: out of memory\n", stderr);
        abort();
    }
    return memory;
}

/* Grows at powers of two. */
static struct chunk *
add_chunk(struct inspect_part *part)
{
    size_t count = part->chunk_count;
    if ((count & (count - 1)) == 0) {
        part->chunks = heap(part->chunks, count == 0 ? 1 : count * 2, sizeof *part->chunks);
    }
    part->chunks[count] = (struct chunk){0};
    part->chunk_count++;
    return &part->chunks[count];
}

static void
count_row(struct inspect_part *part, int64_t position, uint64_t bytes)
{
    part->rows++;
    part->bytes += bytes;
    part->row_bytes_max = bytes > part->row_bytes_max ? bytes : part->row_bytes_max;
    struct chunk *chunk = part->chunk_count == 0 ? add_chunk(part)
                                                 : &part->chunks[part->chunk_count - 1];
    bool full = chunk->rows >= CHUNK_ROWS_MAX ||
                (chunk->rows > 0 && chunk->bytes + bytes > CHUNK_BYTES_MAX);
    if (full) {
        chunk = add_chunk(part);
    }
    chunk->rows++;
    chunk->bytes += bytes;
    chunk->end = position;
}

/* Profiles one row and returns its size. */
static inline uint64_t
look_at_row(struct inspect_part *part, const struct scan *scan, size_t column_count, bool utf16)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < column_count; i++) {
        bytes += column_profile_add(&part->columns[i], scan_value(scan, i), scan->position,
                                    utf16);
    }
    return bytes;
}

bool
inspect_part_scan(struct inspect_part *part, struct source *source,
                  const struct source_table *table, struct progress_item *item,
                  struct error *err)
{
    AUTO_SCAN scan = {0};
    size_t column_count = table->column_count;
    part->columns = heap(NULL, column_count, sizeof *part->columns);
    memset(part->columns, 0, column_count * sizeof *part->columns);
    if (!scan_open(&scan, source, table, part->range, err)) {
        return false;
    }
    enum scan_step step;
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        count_row(part, scan.position, look_at_row(part, &scan, column_count, source->utf16));
        if (part->rows % ROWS_PER_REPORT == 0) {
            progress_item_add(item, ROWS_PER_REPORT);
            if (!stop_check(err)) {
                return false;
            }
        }
    }
    progress_item_add(item, part->rows % ROWS_PER_REPORT);
    return step == SCAN_END;
}

/* Neighbouring chunks that fit into one become one: each part ended with a rest. */
static void
merge_chunks(struct arena *arena, const struct inspect_part *parts, size_t part_count,
             struct table_inspection *result)
{
    struct chunk open = {0};
    for (size_t p = 0; p < part_count; p++) {
        for (size_t i = 0; i < parts[p].chunk_count; i++) {
            const struct chunk *next = &parts[p].chunks[i];
            bool fits = open.rows == 0 || (open.rows + next->rows <= CHUNK_ROWS_MAX &&
                                           open.bytes + next->bytes <= CHUNK_BYTES_MAX);
            if (!fits) {
                *ARENA_APPEND(arena, result->chunk_ends, result->chunk_end_count) = open.end;
                open = (struct chunk){0};
            }
            open.rows += next->rows;
            open.bytes += next->bytes;
            open.end = next->end;
        }
    }
}

void
inspect_parts_merge(struct arena *arena, const struct inspect_part *parts, size_t part_count,
                    const struct source_table *table, struct table_inspection *result)
{
    *result = (struct table_inspection){.done = true};
    result->columns = arena_alloc(arena, table->column_count * sizeof *result->columns);
    for (size_t p = 0; p < part_count; p++) {
        const struct inspect_part *part = &parts[p];
        result->rows += part->rows;
        result->bytes += part->bytes;
        if (part->row_bytes_max > result->row_bytes_max) {
            result->row_bytes_max = part->row_bytes_max;
        }
        for (size_t i = 0; i < table->column_count; i++) {
            if (p == 0) {
                result->columns[i] = part->columns[i];
            } else {
                column_profile_merge(&result->columns[i], &part->columns[i]);
            }
        }
    }
    if (table->rowid_name != NULL) {
        merge_chunks(arena, parts, part_count, result);
    }
}

void
inspect_part_free(struct inspect_part *part)
{
    free(part->columns);
    free(part->chunks);
    part->columns = NULL;
    part->chunks = NULL;
    part->chunk_count = 0;
}
