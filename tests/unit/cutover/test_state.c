/* test_state.c — cutover/state.c: the table itself is walked, with a model of both sides that
 * knows nothing but what is durable. */
#include "cutover/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Takes writes now, or as soon as a process is gone. */
static bool
access_is_open(enum side_access access)
{
    return access != ACCESS_FENCED;
}

static bool
both_open(enum stance stance)
{
    return access_is_open(stance_table[stance].source) &&
           access_is_open(stance_table[stance].target);
}

static void
no_state_has_both_sides_writable(void **state)
{
    (void)state;
    for (enum stance i = 0; i < STANCE_TORN; i++) {
        assert_int_equal(stance_table[i].stance, i);
        if (both_open(i)) {
            fail_msg("%s: both sides are writable", stance_table[i].name);
        }
    }
}

/* SQLite's fence is the only evidence of what the application finds there. */
static void
a_side_is_open_exactly_as_its_evidence_says(void **state)
{
    (void)state;
    for (enum stance i = 0; i < STANCE_TORN; i++) {
        const struct stance_entry *entry = &stance_table[i];
        assert_int_equal(access_is_open(entry->source), !entry->source_fenced);
        bool open = entry->row == LIVE_SWITCHED || entry->row == LIVE_FINISHED;
        assert_int_equal(entry->target == ACCESS_WRITABLE, open);
    }
}

static void
every_state_says_which_ways_lead_on(void **state)
{
    (void)state;
    for (enum stance i = 0; i < STANCE_COUNT; i++) {
        for (enum cutover_event event = 0; event < EVENT_COUNT; event++) {
            struct error err = {0};
            if (!stance_allows(i, event, &err)) {
                assert_int_equal(err.kind, ERROR_USAGE);
                assert_non_null(strstr(err.message, stance_table[i].name));
                assert_string_not_equal(err.hint, "");
            }
        }
    }
}

static void
what_both_sides_say_names_one_state_only(void **state)
{
    (void)state;
    for (enum stance i = 0; i < STANCE_TORN; i++) {
        const struct stance_entry *entry = &stance_table[i];
        assert_int_equal(stance_of(entry->row, entry->source_fenced), i);
    }
    assert_int_equal(stance_of(LIVE_FENCED, true), STANCE_FENCED);
    assert_int_equal(stance_of(LIVE_FENCED, false), STANCE_PAUSED);
}

static void
what_no_step_leads_to_is_torn(void **state)
{
    (void)state;
    assert_int_equal(stance_of(LIVE_SWITCHED, false), STANCE_TORN);
    assert_int_equal(stance_of(LIVE_FINISHED, false), STANCE_TORN);
    assert_int_equal(stance_of(LIVE_SYNCING, true), STANCE_TORN);
    assert_int_equal(stance_of(LIVE_LOADING, true), STANCE_TORN);
    assert_int_equal(stance_of(LIVE_STATE_COUNT, true), STANCE_TORN);
}

/* A step is one commit: whatever it changes must be durable on the side that commits. */
static void
every_step_changes_what_one_side_keeps_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        const struct transition *step = &transition_table[i];
        const struct stance_entry *from = &stance_table[step->from];
        const struct stance_entry *to = &stance_table[step->to];
        assert_int_equal(step->event, i);
        bool row_changes = from->row != to->row;
        bool fence_changes = from->source_fenced != to->source_fenced;
        bool target_changes = access_is_open(from->target) != access_is_open(to->target);
        if (step->commits == SIDE_SOURCE && (row_changes || target_changes)) {
            fail_msg("%s: SQLite's commit changes the target", step->name);
        }
        if (step->commits == SIDE_TARGET && fence_changes) {
            fail_msg("%s: the target's commit changes SQLite's fence", step->name);
        }
        assert_true(row_changes || fence_changes);
    }
}

static void
a_step_opens_a_side_only_while_the_other_one_is_fenced_before_and_behind_it(void **state)
{
    (void)state;
    size_t openings = 0;
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        const struct transition *step = &transition_table[i];
        const struct stance_entry *from = &stance_table[step->from];
        const struct stance_entry *to = &stance_table[step->to];
        if (!access_is_open(from->target) && access_is_open(to->target)) {
            openings++;
            assert_int_equal(from->source, ACCESS_FENCED);
            assert_int_equal(to->source, ACCESS_FENCED);
        }
        if (!access_is_open(from->source) && access_is_open(to->source)) {
            openings++;
            assert_int_equal(from->target, ACCESS_FENCED);
            assert_int_equal(to->target, ACCESS_FENCED);
        }
    }
    assert_int_equal(openings, 4); /* open, reopen, unfence, lower */
}

/* Every state that any order of steps and crashes leads to: a crash stays where it is. */
static void
walking_every_way_never_finds_both_sides_writable(void **state)
{
    (void)state;
    bool seen[STANCE_COUNT] = {[STANCE_LOADING] = true};
    bool more = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < EVENT_COUNT; i++) {
            const struct transition *step = &transition_table[i];
            if (seen[step->from] && !seen[step->to]) {
                more = seen[step->to] = true;
                assert_false(both_open(step->to));
            }
        }
    }
    for (enum stance i = 0; i < STANCE_TORN; i++) {
        if (!seen[i]) {
            fail_msg("%s cannot be reached", stance_table[i].name);
        }
    }
    assert_false(seen[STANCE_TORN]);
}

/* Whether `to` can be reached from `from` by any steps. */
static bool
leads_to(enum stance from, enum stance to)
{
    bool seen[STANCE_COUNT] = {[0] = false};
    seen[from] = true;
    for (size_t round = 0; round < STANCE_COUNT; round++) {
        for (size_t i = 0; i < EVENT_COUNT; i++) {
            seen[transition_table[i].to] |= seen[transition_table[i].from];
        }
    }
    return seen[to];
}

static void
where_nobody_may_write_there_is_a_way_on_and_a_way_back(void **state)
{
    (void)state;
    for (enum stance i = 0; i < STANCE_TORN; i++) {
        const struct stance_entry *entry = &stance_table[i];
        if (entry->source == ACCESS_FENCED && entry->target == ACCESS_FENCED) {
            assert_true(leads_to(i, STANCE_SWITCHED));
            assert_true(leads_to(i, STANCE_SYNCING));
        }
    }
}

static void
a_step_that_anybody_may_take_closes_nothing_and_opens_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        const struct transition *step = &transition_table[i];
        const struct stance_entry *from = &stance_table[step->from];
        const struct stance_entry *to = &stance_table[step->to];
        if (step->alone) {
            assert_int_equal(access_is_open(from->source), access_is_open(to->source));
            assert_int_equal(access_is_open(from->target), access_is_open(to->target));
        }
    }
}

static void
the_end_cannot_be_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        assert_int_not_equal(transition_table[i].from, STANCE_FINISHED);
        assert_int_not_equal(transition_table[i].from, STANCE_ENDED);
    }
}

static void
a_step_that_may_not_be_taken_is_refused_with_words_and_a_way_on(void **state)
{
    (void)state;
    struct error err = {0};
    assert_true(stance_allows(STANCE_FENCED, EVENT_OPEN, &err));
    assert_false(stance_allows(STANCE_PAUSED, EVENT_OPEN, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.message, "paused"));
    assert_string_equal(err.hint, stance_table[STANCE_PAUSED].ways);
}

static void
the_page_names_every_state_and_every_step(void **state)
{
    (void)state;
    AUTO_TEXT page = {0};
    states_markdown(&page);
    for (enum stance i = 0; i < STANCE_COUNT; i++) {
        assert_non_null(strstr(page.bytes, stance_table[i].meaning));
    }
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        const struct transition *step = &transition_table[i];
        AUTO_TEXT arrow = {0};
        text_printf(&arrow, "    %s --> %s: %s\n", stance_table[step->from].name,
                    stance_table[step->to].name, step->name);
        assert_non_null(strstr(page.bytes, arrow.bytes));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_state_has_both_sides_writable),
        cmocka_unit_test(a_side_is_open_exactly_as_its_evidence_says),
        cmocka_unit_test(every_state_says_which_ways_lead_on),
        cmocka_unit_test(what_both_sides_say_names_one_state_only),
        cmocka_unit_test(what_no_step_leads_to_is_torn),
        cmocka_unit_test(every_step_changes_what_one_side_keeps_and_nothing_else),
        cmocka_unit_test(
            a_step_opens_a_side_only_while_the_other_one_is_fenced_before_and_behind_it),
        cmocka_unit_test(walking_every_way_never_finds_both_sides_writable),
        cmocka_unit_test(where_nobody_may_write_there_is_a_way_on_and_a_way_back),
        cmocka_unit_test(a_step_that_anybody_may_take_closes_nothing_and_opens_nothing),
        cmocka_unit_test(the_end_cannot_be_left),
        cmocka_unit_test(a_step_that_may_not_be_taken_is_refused_with_words_and_a_way_on),
        cmocka_unit_test(the_page_names_every_state_and_every_step),
    };
    return cmocka_run_group_tests_name("cutover/state", tests, NULL, NULL);
}
