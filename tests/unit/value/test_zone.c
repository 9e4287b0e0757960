/* test_zone.c — value/zone.h against what Python's zoneinfo says of the same database. */
#include "value/zone.h"
#include "value/zone_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Seconds since 1970 on the clock. */
static const struct {
    const char *zone;
    int64_t local;
    enum zone_local found;
    int32_t offset;
} cases[] = {
    {"America/New_York", 1710037800, ZONE_LOCAL_SKIPPED, -18000},   /* 2024-03-10 02:30:00 */
    {"America/New_York", 1730597400, ZONE_LOCAL_TWICE, -14400},     /* 2024-11-03 01:30:00 */
    {"America/New_York", 1710035999, ZONE_LOCAL_ONCE, -18000},      /* 2024-03-10 01:59:59 */
    {"America/New_York", 1710039600, ZONE_LOCAL_ONCE, -14400},      /* 2024-03-10 03:00:00 */
    {"America/New_York", 1730599200, ZONE_LOCAL_ONCE, -18000},      /* 2024-11-03 02:00:00 */
    {"America/New_York", -2717668800, ZONE_LOCAL_TWICE, -17762},    /* 1883-11-18 12:00:00 */
    {"Europe/Dublin", 1711848600, ZONE_LOCAL_SKIPPED, 0},           /* 2024-03-31 01:30:00 */
    {"Europe/Dublin", 1729992600, ZONE_LOCAL_TWICE, 3600},          /* 2024-10-27 01:30:00 */
    {"Europe/Dublin", 1909137600, ZONE_LOCAL_ONCE, 3600},           /* 2030-07-01 12:00:00 */
    {"Australia/Lord_Howe", 1728180900, ZONE_LOCAL_SKIPPED, 37800}, /* 2024-10-06 02:15:00 */
    {"Australia/Lord_Howe", 1712454300, ZONE_LOCAL_TWICE, 39600},   /* 2024-04-07 01:45:00 */
    {"Pacific/Apia", 1325246400, ZONE_LOCAL_SKIPPED, -36000},       /* 2011-12-30 12:00:00 */
    {"Europe/Berlin", 4118126400, ZONE_LOCAL_ONCE, 7200},           /* 2100-07-01 12:00:00 */
    {"Europe/Berlin", 13569465599, ZONE_LOCAL_ONCE, 3600},          /* 2399-12-31 23:59:59 */
    {"Europe/Berlin", 253386403200, ZONE_LOCAL_ONCE, 7200},         /* 9999-07-01 00:00:00 */
    {"Europe/Berlin", 14839209000, ZONE_LOCAL_ONCE, 7200},          /* 2440-03-27 02:30:00 */
    {"Europe/Berlin", -62135510400, ZONE_LOCAL_ONCE, 3208},         /* 0001-01-02 00:00:00 */
    {"Antarctica/Troll", 2216251800, ZONE_LOCAL_SKIPPED, 0},        /* 2040-03-25 01:30:00 */
    {"America/New_York", 2733870775, ZONE_LOCAL_ONCE, -14400},      /* 2056-08-19 00:32:55 */
    {"America/New_York", 586753488, ZONE_LOCAL_ONCE, -14400},       /* 1988-08-05 03:04:48 */
    {"America/New_York", 92606891, ZONE_LOCAL_ONCE, -18000},        /* 1972-12-07 20:08:11 */
    {"America/New_York", 7951567736, ZONE_LOCAL_ONCE, -18000},      /* 2221-12-23 00:48:56 */
    {"Europe/Dublin", -29568907, ZONE_LOCAL_ONCE, 3600},            /* 1969-01-23 18:24:53 */
    {"Europe/Dublin", -2047946152, ZONE_LOCAL_ONCE, -1521},         /* 1905-02-07 22:04:08 */
    {"Europe/Dublin", 3948472538, ZONE_LOCAL_ONCE, 0},              /* 2095-02-13 21:55:38 */
    {"Europe/Dublin", -1908962033, ZONE_LOCAL_ONCE, -1521},         /* 1909-07-05 12:46:07 */
    {"Australia/Lord_Howe", 6770555225, ZONE_LOCAL_ONCE, 37800},    /* 2184-07-19 21:47:05 */
    {"Australia/Lord_Howe", -385692762, ZONE_LOCAL_ONCE, 36000},    /* 1957-10-11 23:07:18 */
    {"Australia/Lord_Howe", 7339749849, ZONE_LOCAL_ONCE, 37800},    /* 2202-08-03 19:24:09 */
    {"Australia/Lord_Howe", 1861390121, ZONE_LOCAL_ONCE, 39600},    /* 2028-12-25 20:48:41 */
    {"Asia/Kathmandu", -505259116, ZONE_LOCAL_ONCE, 19800},         /* 1953-12-28 02:14:44 */
    {"Asia/Kathmandu", 1983994956, ZONE_LOCAL_ONCE, 20700},         /* 2032-11-13 21:42:36 */
    {"Asia/Kathmandu", 6581016880, ZONE_LOCAL_ONCE, 20700},         /* 2178-07-18 04:14:40 */
    {"Asia/Kathmandu", 1478105163, ZONE_LOCAL_ONCE, 20700},         /* 2016-11-02 16:46:03 */
    {"Africa/Casablanca", 3329840918, ZONE_LOCAL_ONCE, 3600},       /* 2075-07-08 19:48:38 */
    {"Africa/Casablanca", 7000516644, ZONE_LOCAL_ONCE, 3600},       /* 2191-11-02 11:57:24 */
    {"Africa/Casablanca", 6886859584, ZONE_LOCAL_ONCE, 3600},       /* 2188-03-27 00:33:04 */
    {"Africa/Casablanca", 7705865144, ZONE_LOCAL_ONCE, 3600},       /* 2214-03-11 06:05:44 */
    {"America/Sao_Paulo", -1432774901, ZONE_LOCAL_ONCE, -10800},    /* 1924-08-06 22:58:19 */
    {"America/Sao_Paulo", 535123655, ZONE_LOCAL_ONCE, -7200},       /* 1986-12-16 13:27:35 */
    {"America/Sao_Paulo", -609553533, ZONE_LOCAL_ONCE, -10800},     /* 1950-09-07 23:34:27 */
    {"America/Sao_Paulo", 6650622391, ZONE_LOCAL_ONCE, -10800},     /* 2180-09-30 19:06:31 */
    {"Pacific/Apia", 6636930868, ZONE_LOCAL_ONCE, 46800},           /* 2180-04-25 07:54:28 */
    {"Pacific/Apia", 2970564447, ZONE_LOCAL_ONCE, 46800},           /* 2064-02-18 12:47:27 */
    {"Pacific/Apia", 3435230319, ZONE_LOCAL_ONCE, 46800},           /* 2078-11-09 14:38:39 */
    {"Pacific/Apia", 4032390576, ZONE_LOCAL_ONCE, 46800},           /* 2097-10-12 04:29:36 */
    {"Europe/Berlin", -921499347, ZONE_LOCAL_ONCE, 7200},           /* 1940-10-19 11:57:33 */
    {"Europe/Berlin", 1202845095, ZONE_LOCAL_ONCE, 3600},           /* 2008-02-12 19:38:15 */
    {"Europe/Berlin", -1160602245, ZONE_LOCAL_ONCE, 3600},          /* 1933-03-23 02:29:15 */
    {"Europe/Berlin", 4553109551, ZONE_LOCAL_ONCE, 7200},           /* 2114-04-14 00:39:11 */
    {"Antarctica/Troll", 4341680289, ZONE_LOCAL_ONCE, 7200},        /* 2107-08-01 22:18:09 */
    {"Antarctica/Troll", 5844665415, ZONE_LOCAL_ONCE, 0},           /* 2155-03-18 14:10:15 */
    {"Antarctica/Troll", 5218922144, ZONE_LOCAL_ONCE, 7200},        /* 2135-05-20 04:35:44 */
    {"Antarctica/Troll", 7617629064, ZONE_LOCAL_ONCE, 7200},        /* 2211-05-25 00:04:24 */
    {"Asia/Gaza", 2000830136, ZONE_LOCAL_ONCE, 10800},              /* 2033-05-27 18:08:56 */
    {"Asia/Gaza", 6888034448, ZONE_LOCAL_ONCE, 10800},              /* 2188-04-09 14:54:08 */
    {"Asia/Gaza", -413164952, ZONE_LOCAL_ONCE, 7200},               /* 1956-11-27 23:57:28 */
    {"Asia/Gaza", 5337874047, ZONE_LOCAL_ONCE, 7200},               /* 2139-02-24 22:47:27 */
};

static void
wall_clocks_mean_what_the_database_says(void **state)
{
    (void)state;
    AUTO_ARENA arena = {0};
    struct error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct zone *zone;
        int32_t offset;
        if (!zone_open(&arena, cases[i].zone, &zone, &err)) {
            fail_msg("%s", err.message);
        }
        enum zone_local found = zone_offset_of_local(zone, cases[i].local, &offset);
        if (found != cases[i].found || offset != cases[i].offset) {
            fail_msg("%s at %lld: %d, %d", cases[i].zone, (long long)cases[i].local, found,
                     (int)offset);
        }
        if (found != ZONE_LOCAL_SKIPPED) {
            assert_int_equal(zone_offset_at(zone, cases[i].local - offset), offset);
        }
        assert_string_equal(zone_name(zone), cases[i].zone);
    }
}

static void
a_fixed_offset_is_a_zone(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int32_t offset;
    } fixed[] = {
        {"+02:00", 7200}, {"-0930", -34200}, {"+05", 18000}, {"UTC", 0}, {"-00:00", 0}};
    AUTO_ARENA arena = {0};
    struct error err;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        const struct zone *zone;
        int32_t offset = -1;
        assert_true(zone_open(&arena, fixed[i].name, &zone, &err));
        assert_int_equal(zone_offset_of_local(zone, 0, &offset), ZONE_LOCAL_ONCE);
        assert_int_equal(offset, fixed[i].offset);
        assert_int_equal(zone_offset_at(zone, 0), fixed[i].offset);
    }
}

static void
what_is_no_zone_is_refused_with_a_hint(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",       "../../etc/passwd", "/etc/passwd", "Europe/Nowhere",   "Europe",   "+2:00",
        "+25:00", "+02:60",           "+02:",        "America/New York", "tzdata.zi"};
    AUTO_ARENA arena = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct zone *zone;
        struct error err = {0};
        if (zone_open(&arena, names[i], &zone, &err)) {
            fail_msg("\"%s\" was opened", names[i]);
        }
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(strstr(err.message, names[i]));
    }
}

static void
a_rule_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char *const good[] = {"EST5EDT,M3.2.0,M11.1.0", "<+03>-3", "UTC0",
                                       "IST-1GMT0,M10.5.0,M3.5.0/1",
                                       "XXX3YYY,J60/-1:30,300/167:59:59"};
    static const char *const bad[] = {"",
                                      "E5",
                                      "EST",
                                      "EST5EDT",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.2.0,M11.1.0",
                                      "EST5EDT,M3.2.7,M11.1.0",
                                      "EST5EDT,M3.2.0,M11.1.0,",
                                      "<+03-3",
                                      "EST5EDT,J0,J366"};
    struct zone_rule rule;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(zone_rule_read(good[i], strlen(good[i]), &rule));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (zone_rule_read(bad[i], strlen(bad[i]), &rule)) {
            fail_msg("\"%s\" was read", bad[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_clocks_mean_what_the_database_says),
        cmocka_unit_test(a_fixed_offset_is_a_zone),
        cmocka_unit_test(what_is_no_zone_is_refused_with_a_hint),
        cmocka_unit_test(a_rule_is_read_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
