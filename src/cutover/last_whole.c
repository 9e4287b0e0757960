/* last_whole.c — see last_whole.h. */
#include "cutover/last_whole.h"

#include "base/stop.h"
#include "postgres/copy_stream.h"
#include "verify/shape.h"
#include "verify/tally.h"

#include <inttypes.h>

enum { ROWS_BETWEEN_CHECKS = 1024 };

/* One table under way. */
struct whole {
    const struct sync_link *link;
    const struct live_table *table;
    struct shape shape;
    struct row_maker maker;
    struct row_positions aside; /* rows that the target could not hold */
};

static void
whole_close(struct whole *whole)
{
    row_maker_free(&whole->maker);
}
#define AUTO_WHOLE __attribute__((cleanup(whole_close))) struct whole

static bool
prepare(struct whole *whole, struct source *source, struct arena *memory, struct error *err)
{
    const struct sync_link *link = whole->link;
    whole->maker.settings = (struct canonical_settings){.utf16 = source->utf16,
                                                        .bad_text = link->settings.bad_text};
    shape_build(memory, whole->table->plan, &whole->shape);
    if (!shape_add_nulls(memory, source, whole->table->plan, &whole->maker.settings,
                         &whole->shape, err) ||
        !journal_set_aside_positions(link->conn, memory, link->live.run_id,
                                     whole->table->source->name.text, &whole->aside, err)) {
        return false;
    }
    whole->shape.plain = verify_shape_is_plain(&whole->shape);
    return true;
}

static bool
read_source(struct whole *whole, struct source *source, struct tally_digest *digest,
            struct error *err)
{
    AUTO_SCAN scan = {0};
    enum scan_step step;
    if (!scan_open(&scan, source, whole->table->source, SCAN_EVERYTHING, err)) {
        return false;
    }
    for (uint64_t rows = 1; (step = scan_next(&scan, err)) == SCAN_ROW; rows++) {
        struct row row = {.position = scan.position, .scan = &scan};
        if (rows % ROWS_BETWEEN_CHECKS == 0 && !stop_check(err)) {
            return false;
        }
        if (!row_positions_hold(&whole->aside, scan.position)) {
            verify_row_hash(&whole->maker, &whole->shape, &row);
            tally_digest_add(digest, row.row_hash);
        }
    }
    return step == SCAN_END;
}

static bool
read_target(struct whole *whole, struct arena *memory, struct tally_digest *digest,
            struct error *err)
{
    AUTO_COPY_READER reader = {0};
    size_t count = whole->shape.column_count;
    struct copy_field *fields = arena_alloc(memory, (count + 1) * sizeof *fields);
    const char *sql = arena_printf(memory, "%s" SHAPE_SELECT_END, whole->shape.select_open);
    enum copy_read read;
    if (!copy_reader_begin(&reader, whole->link->conn, sql, err)) {
        return false;
    }
    while ((read = copy_reader_next(&reader, fields, count, err)) == COPY_ROW) {
        struct row row = {.fields = fields};
        verify_row_hash(&whole->maker, &whole->shape, &row);
        tally_digest_add(digest, row.row_hash);
    }
    return read == COPY_END;
}

static bool
compare(struct whole *whole, struct source *source, uint64_t *rows, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct tally_digest ours = {0};
    struct tally_digest theirs = {0};
    if (!prepare(whole, source, &memory, err) || !read_source(whole, source, &ours, err) ||
        !read_target(whole, &memory, &theirs, err)) {
        return false;
    }
    *rows += ours.count;
    if (tally_digest_equal(&ours, &theirs)) {
        return true;
    }
    error_set(err, ERROR_NOT_NOW,
              "%s, which is replaced as a whole, is not in the target as it should be: %" PRIu64
              " rows there, %" PRIu64 " in the source%s; nothing has changed",
              whole->table->plan->name, theirs.count, ours.count,
              theirs.count == ours.count ? ", and not the same ones" : "");
    return error_hint(err, "see what changes rows in the target (a trigger, a rule), then "
                           "outgrow verify --repair");
}

bool
last_whole_compare(struct cutover *cutover, struct source *source, uint64_t *rows,
                   struct error *err)
{
    const struct sync_link *link = cutover->link;
    for (size_t i = 0; i < link->table_count; i++) {
        AUTO_WHOLE whole = {.link = link, .table = &link->tables[i]};
        if (whole.table->read_whole && !compare(&whole, source, rows, err)) {
            return error_wrap(err, "compare what is replaced as a whole");
        }
    }
    return true;
}
