/* test_session.c — http/session.c. */
#include "http/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
a_session_is_found_by_its_owner_until_it_is_closed(void **state)
{
    (void)state;
    struct session_table sessions;
    sessions_init(&sessions);
    struct session *session = session_open(&sessions, 3, 0);
    assert_non_null(session);
    assert_int_equal(strlen(session->id), 32);
    assert_ptr_equal(session_find(&sessions, session->id, 3, 1), session);
    assert_null(session_find(&sessions, session->id, 4, 1));
    assert_null(session_find(&sessions, "", 3, 1));
    session_close(&sessions, session);
    assert_null(session_find(&sessions, session->id, 3, 1));
    session_release(&sessions, session);
    session_release(&sessions, session);
    sessions_free(&sessions);
}

static void
ids_are_all_different(void **state)
{
    (void)state;
    struct session_table sessions;
    sessions_init(&sessions);
    struct session *one = session_open(&sessions, 0, 0);
    struct session *other = session_open(&sessions, 0, 0);
    assert_string_not_equal(one->id, other->id);
    session_release(&sessions, one);
    session_release(&sessions, other);
    sessions_free(&sessions);
}

static void
an_idle_session_is_forgotten_but_not_one_in_use(void **state)
{
    (void)state;
    struct session_table sessions;
    char id[SESSION_ID_SIZE];
    sessions_init(&sessions);
    struct session *busy = session_open(&sessions, 0, 0);
    struct session *idle = session_open(&sessions, 0, 0);
    memcpy(id, idle->id, sizeof id);
    session_release(&sessions, idle);
    assert_non_null(session_find(&sessions, id, 0, SESSION_IDLE_MS));
    session_release(&sessions, idle);
    assert_null(session_find(&sessions, id, 0, 2 * SESSION_IDLE_MS + 1));
    assert_ptr_equal(session_find(&sessions, busy->id, 0, 2 * SESSION_IDLE_MS + 1), busy);
    session_release(&sessions, busy);
    session_release(&sessions, busy);
    sessions_free(&sessions);
}

static void
the_least_used_makes_place_and_nobody_who_is_busy(void **state)
{
    (void)state;
    struct session_table sessions;
    struct session *all[SESSIONS_MAX];
    char first[SESSION_ID_SIZE];
    sessions_init(&sessions);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        all[i] = session_open(&sessions, 0, (int64_t)i);
    }
    assert_null(session_open(&sessions, 0, 1000));
    memcpy(first, all[5]->id, sizeof first);
    session_release(&sessions, all[5]);
    session_release(&sessions, all[9]);
    struct session *new = session_open(&sessions, 0, 1000);
    assert_non_null(new);
    assert_int_equal(sessions.count, SESSIONS_MAX);
    assert_null(session_find(&sessions, first, 0, 1000));
    session_release(&sessions, new);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        session_release(&sessions, i == 5 || i == 9 ? NULL : all[i]);
    }
    sessions_free(&sessions);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_by_its_owner_until_it_is_closed),
        cmocka_unit_test(ids_are_all_different),
        cmocka_unit_test(an_idle_session_is_forgotten_but_not_one_in_use),
        cmocka_unit_test(the_least_used_makes_place_and_nobody_who_is_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
