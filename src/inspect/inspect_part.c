/* inspect_part.c — see inspect_part.h. */
#include "inspect/inspect_part.h"

#include "base/stop.h"

#include <inttypes.h>

enum { ROWS_PER_REPORT = 256 };

/* A part is read in pieces of so much. */
enum { PIECE_ROWS = 25000, PIECE_BYTES = CHUNK_BYTES_MAX / 4 };

/* A chunk weighs its bytes, and for each row what the server adds in front of it. CHUNKS_LEFT:
 * it is at most that part of what is left, but so large that its transaction does not count. */
enum { ROW_WEIGHT = 24, CHUNKS_LEFT = 4, CHUNK_WEIGHT_MIN = 2 * 1024 * 1024 };

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
    bool full = chunk->rows >= PIECE_ROWS ||
                (chunk->rows > 0 && chunk->bytes + bytes > PIECE_BYTES);
    if (full) {
        chunk = add_chunk(part);
    }
    chunk->rows++;
    chunk->bytes += bytes;
    chunk->end = position;
}

/* What looking at a row needs. */
struct look {
    struct inspect_part *part;
    struct progress_item *item;
    size_t column_count;
    bool utf16;
};

static bool
look_at_row(void *context, sqlite3_value **values, int64_t position, struct error *err)
{
    const struct look *look = context;
    struct inspect_part *part = look->part;
    struct column_profile *columns = part->columns;
    size_t column_count = look->column_count;
    bool utf16 = look->utf16;
    uint64_t bytes = 0;
    for (size_t i = 0; i < column_count; i++) {
        bytes += column_profile_add(&columns[i], values[i], position, utf16);
    }
    count_row(part, position, bytes);
    if (part->rows % ROWS_PER_REPORT != 0) {
        return true;
    }
    progress_item_add(look->item, ROWS_PER_REPORT);
    return stop_check(err);
}

bool
inspect_part_scan(struct inspect_part *part, struct source *source,
                  const struct source_table *table, struct progress_item *item,
                  struct error *err)
{
    size_t column_count = table->column_count;
    struct look look = {part, item, column_count, source->utf16};
    const struct scan_visitor visitor = {look_at_row, &look};
    part->columns = heap(NULL, column_count, sizeof *part->columns);
    memset(part->columns, 0, column_count * sizeof *part->columns);
    bool ok = scan_each(source, table, part->range, &visitor, err);
    progress_item_add(item, part->rows % ROWS_PER_REPORT);
    return ok;
}

static uint64_t
weight_of(uint64_t rows, uint64_t bytes)
{
    return bytes + rows * ROW_WEIGHT;
}

/* A chunk's waits are at most a twentieth of its time, if 50 MB a second is what rows take. */
enum { CHUNK_WAITS = 3, WAITS_SHARE = 20, BYTES_PER_US = 50, CHUNKS_PER_WORKER = 2 };

static uint64_t
between(uint64_t low, uint64_t number, uint64_t high)
{
    return number > high ? high : number < low ? low : number;
}

struct weights {
    uint64_t min;
    uint64_t max;
};

static struct weights
chunk_weights(const struct inspect_job *job, uint64_t total)
{
    uint64_t wanted = between(0, job->wait_us * CHUNK_WAITS * WAITS_SHARE * BYTES_PER_US,
                              CHUNK_BYTES_FAR_MAX);
    uint64_t share = total / (CHUNKS_PER_WORKER * between(1, job->workers, UINT32_MAX));
    share += share / 16; /* so that no small rest is one more */
    uint64_t min = wanted < share ? wanted : share;
    return (struct weights){min < CHUNK_WEIGHT_MIN ? CHUNK_WEIGHT_MIN : min,
                            wanted < CHUNK_BYTES_MAX ? CHUNK_BYTES_MAX : wanted};
}

/* Towards the end of a table chunks get smaller, so that no worker is at a large one while the
 * others have none left. left: with the open chunk. */
static bool
fits(const struct chunk *open, const struct chunk *next, uint64_t left, struct weights weights)
{
    uint64_t rows = open->rows + next->rows;
    return open->rows == 0 || (rows <= CHUNK_ROWS_MAX &&
                               weight_of(rows, open->bytes + next->bytes) <=
                                   between(weights.min, left / CHUNKS_LEFT, weights.max));
}

/* Neighbouring pieces that fit into a chunk become one; each part ended with a smaller one. */
static void
merge_chunks(const struct inspect_job *job, struct arena *arena,
             const struct inspect_part *parts, size_t part_count,
             struct table_inspection *result)
{
    struct chunk open = {0};
    uint64_t left = weight_of(result->rows, result->bytes);
    struct weights weights = chunk_weights(job, left);
    if (left <= UINT64_C(2) * CHUNK_WEIGHT_MIN) {
        return;
    }
    for (size_t p = 0; p < part_count; p++) {
        for (size_t i = 0; i < parts[p].chunk_count; i++) {
            const struct chunk *next = &parts[p].chunks[i];
            if (!fits(&open, next, left, weights)) {
                *ARENA_APPEND(arena, result->chunk_ends, result->chunk_end_count) = open.end;
                left -= weight_of(open.rows, open.bytes);
                open = (struct chunk){0};
            }
            open.rows += next->rows;
            open.bytes += next->bytes;
            open.end = next->end;
        }
    }
}

void
inspect_parts_merge(const struct inspect_job *job, struct arena *arena,
                    const struct inspect_part *parts, size_t part_count,
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
        merge_chunks(job, arena, parts, part_count, result);
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
