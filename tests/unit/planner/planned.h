/* planned.h — for tests of plans: a SQLite file made from SQL, inspected and
 * planned. */
#ifndef TEST_PLANNER_PLANNED_H
#define TEST_PLANNER_PLANNED_H

#include "inspect/inspect.h"
#include "plan/ddl.h"
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct planned {
    char directory[64];
    char path[96];
    struct arena arena;
    struct source source;
    struct catalog catalog;
    struct inspection inspection;
    struct plan_options options;
    struct plan plan;
};

int planned_setup(void **state);
int planned_teardown(void **state);
#define PLANNED_TEST(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, planned_setup, planned_teardown)

/* Runs the SQL in the file. myfunction(x) is x, but only there. */
void planned_sql(struct planned *planned, const char *sql);

/* Opens the file and reads its catalog; and inspects it with so many workers. */
void planned_open(struct planned *planned);
void planned_inspect(struct planned *planned, size_t workers);

/* All of it: SQL, catalog, inspection, plan (schema "app", faithful, names as in the
 * source unless planned->options say otherwise). */
void planned_make(struct planned *planned, const char *sql);

const struct plan_table *planned_table(const struct planned *planned, const char *source);
const struct plan_column *planned_column(const struct planned *planned, const char *table,
                                         const char *column);

/* The CREATE TABLE; lives as long as the arena. */
const char *planned_ddl(struct planned *planned, const char *table);

/* The SQL of the step with that id, or NULL. */
const char *planned_step(const struct planned *planned, const char *id);

/* The reason of the note of that kind about that name, or NULL. */
const char *planned_note(const struct planned *planned, enum note_kind kind,
                         const char *object_kind, const char *name);

void assert_contains(const char *text, const char *part);

#endif
