/* absent_rows.c — see absent_rows.h. */
#include "copy/absent_rows.h"

bool
absent_rows_load(struct absent_rows *absent, PGconn *conn, int64_t run_id,
                 const char *source_table, struct error *err)
{
    struct arena *memory = &absent->memory;
    absent_rows_free(absent);
    return journal_set_aside_positions(conn, memory, run_id, source_table, &absent->set_aside,
                                       err) &&
           journal_left_out_positions(conn, memory, run_id, source_table, &absent->left_out,
                                      err);
}

bool
absent_rows_hold(const struct absent_rows *absent, int64_t position)
{
    return row_positions_hold(&absent->set_aside, position) ||
           row_positions_hold(&absent->left_out, position);
}

void
absent_rows_free(struct absent_rows *absent)
{
    arena_free(&absent->memory);
    absent->set_aside.count = 0;
    absent->left_out.count = 0;
}
