/* test_zone.c — canonical/zone.h against what Python's zoneinfo says. */
#include "canonical/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum found { SKIPPED, ONCE, TWICE };

/* Seconds since 1970 on the clock, and what it then was ahead of UTC. */
static const struct {
    const char *zone;
    int64_t local;
    enum found found;
    int32_t offset;
} cases[] = {
    {"America/New_York", 1710037800, SKIPPED, -18000},   /* 2024-03-10 02:30:00 */
    {"America/New_York", 1730597400, TWICE, -14400},     /* 2024-11-03 01:30:00 */
    {"America/New_York", 1710035999, ONCE, -18000},      /* 2024-03-10 01:59:59 */
    {"America/New_York", 1710039600, ONCE, -14400},      /* 2024-03-10 03:00:00 */
    {"America/New_York", 1730599200, ONCE, -18000},      /* 2024-11-03 02:00:00 */
    {"America/New_York", -2717668800, TWICE, -17762},    /* 1883-11-18 12:00:00 */
    {"Europe/Dublin", 1711848600, SKIPPED, 0},           /* 2024-03-31 01:30:00 */
    {"Europe/Dublin", 1729992600, TWICE, 3600},          /* 2024-10-27 01:30:00 */
    {"Europe/Dublin", 1909137600, ONCE, 3600},           /* 2030-07-01 12:00:00 */
    {"Australia/Lord_Howe", 1728180900, SKIPPED, 37800}, /* 2024-10-06 02:15:00 */
    {"Australia/Lord_Howe", 1712454300, TWICE, 39600},   /* 2024-04-07 01:45:00 */
    {"Pacific/Apia", 1325246400, SKIPPED, -36000},       /* 2011-12-30 12:00:00 */
    {"Europe/Berlin", 4118126400, ONCE, 7200},           /* 2100-07-01 12:00:00 */
    {"Europe/Berlin", 13569465599, ONCE, 3600},          /* 2399-12-31 23:59:59 */
    {"Europe/Berlin", 253386403200, ONCE, 7200},         /* 9999-07-01 00:00:00 */
    {"Europe/Berlin", 14839209000, ONCE, 7200},          /* 2440-03-27 02:30:00 */
    {"Europe/Berlin", -62135510400, ONCE, 3208},         /* 0001-01-02 00:00:00 */
    {"Antarctica/Troll", 2216251800, SKIPPED, 0},        /* 2040-03-25 01:30:00 */
    {"America/New_York", 2733870775, ONCE, -14400},      /* 2056-08-19 00:32:55 */
    {"America/New_York", 586753488, ONCE, -14400},       /* 1988-08-05 03:04:48 */
    {"America/New_York", 92606891, ONCE, -18000},        /* 1972-12-07 20:08:11 */
    {"America/New_York", 7951567736, ONCE, -18000},      /* 2221-12-23 00:48:56 */
    {"Europe/Dublin", -29568907, ONCE, 3600},            /* 1969-01-23 18:24:53 */
    {"Europe/Dublin", -2047946152, ONCE, -1521},         /* 1905-02-07 22:04:08 */
    {"Europe/Dublin", 3948472538, ONCE, 0},              /* 2095-02-13 21:55:38 */
    {"Europe/Dublin", -1908962033, ONCE, -1521},         /* 1909-07-05 12:46:07 */
    {"Australia/Lord_Howe", 6770555225, ONCE, 37800},    /* 2184-07-19 21:47:05 */
    {"Australia/Lord_Howe", -385692762, ONCE, 36000},    /* 1957-10-11 23:07:18 */
    {"Australia/Lord_Howe", 7339749849, ONCE, 37800},    /* 2202-08-03 19:24:09 */
    {"Australia/Lord_Howe", 1861390121, ONCE, 39600},    /* 2028-12-25 20:48:41 */
    {"Asia/Kathmandu", -505259116, ONCE, 19800},         /* 1953-12-28 02:14:44 */
    {"Asia/Kathmandu", 1983994956, ONCE, 20700},         /* 2032-11-13 21:42:36 */
    {"Asia/Kathmandu", 6581016880, ONCE, 20700},         /* 2178-07-18 04:14:40 */
    {"Asia/Kathmandu", 1478105163, ONCE, 20700},         /* 2016-11-02 16:46:03 */
    {"Africa/Casablanca", 3329840918, ONCE, 3600},       /* 2075-07-08 19:48:38 */
    {"Africa/Casablanca", 7000516644, ONCE, 3600},       /* 2191-11-02 11:57:24 */
    {"Africa/Casablanca", 6886859584, ONCE, 3600},       /* 2188-03-27 00:33:04 */
    {"Africa/Casablanca", 7705865144, ONCE, 3600},       /* 2214-03-11 06:05:44 */
    {"America/Sao_Paulo", -1432774901, ONCE, -10800},    /* 1924-08-06 22:58:19 */
    {"America/Sao_Paulo", 535123655, ONCE, -7200},       /* 1986-12-16 13:27:35 */
    {"America/Sao_Paulo", -609553533, ONCE, -10800},     /* 1950-09-07 23:34:27 */
    {"America/Sao_Paulo", 6650622391, ONCE, -10800},     /* 2180-09-30 19:06:31 */
    {"Pacific/Apia", 6636930868, ONCE, 46800},           /* 2180-04-25 07:54:28 */
    {"Pacific/Apia", 2970564447, ONCE, 46800},           /* 2064-02-18 12:47:27 */
    {"Pacific/Apia", 3435230319, ONCE, 46800},           /* 2078-11-09 14:38:39 */
    {"Pacific/Apia", 4032390576, ONCE, 46800},           /* 2097-10-12 04:29:36 */
    {"Europe/Berlin", -921499347, ONCE, 7200},           /* 1940-10-19 11:57:33 */
    {"Europe/Berlin", 1202845095, ONCE, 3600},           /* 2008-02-12 19:38:15 */
    {"Europe/Berlin", -1160602245, ONCE, 3600},          /* 1933-03-23 02:29:15 */
    {"Europe/Berlin", 4553109551, ONCE, 7200},           /* 2114-04-14 00:39:11 */
    {"Antarctica/Troll", 4341680289, ONCE, 7200},        /* 2107-08-01 22:18:09 */
    {"Antarctica/Troll", 5844665415, ONCE, 0},           /* 2155-03-18 14:10:15 */
    {"Antarctica/Troll", 5218922144, ONCE, 7200},        /* 2135-05-20 04:35:44 */
    {"Antarctica/Troll", 7617629064, ONCE, 7200},        /* 2211-05-25 00:04:24 */
    {"Asia/Gaza", 2000830136, ONCE, 10800},              /* 2033-05-27 18:08:56 */
    {"Asia/Gaza", 6888034448, ONCE, 10800},              /* 2188-04-09 14:54:08 */
    {"Asia/Gaza", -413164952, ONCE, 7200},               /* 1956-11-27 23:57:28 */
    {"Asia/Gaza", 5337874047, ONCE, 7200},               /* 2139-02-24 22:47:27 */
    {"+02:00", 0, ONCE, 7200},
    {"-0930", 0, ONCE, -34200},
    {"+05", 0, ONCE, 18000},
    {"UTC", 0, ONCE, 0},
};

static void
wall_clocks_mean_the_first_moment_they_showed(void **state)
{
    (void)state;
    struct canonical_zones zones = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t moment = cases[i].local * 1000000 + 999999;
        bool applied = canonical_zone_apply(&zones, cases[i].zone, &moment);
        int64_t expected = (cases[i].local - cases[i].offset) * INT64_C(1000000) + 999999;
        if (applied != (cases[i].found != SKIPPED) || (applied && moment != expected)) {
            fail_msg("%s at %lld: %lld", cases[i].zone, (long long)cases[i].local,
                     (long long)moment);
        }
    }
    canonical_zones_free(&zones);
}

static void
what_is_no_zone_has_no_moments(void **state)
{
    (void)state;
    struct canonical_zones zones = {0};
    static const char *const names[] = {"Europe/Nowhere", "+2", "+02:0", "", "Europe"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t moment = 0;
        assert_false(canonical_zone_apply(&zones, names[i], &moment));
        assert_false(canonical_zone_apply(&zones, names[i], &moment));
    }
    canonical_zones_free(&zones);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_clocks_mean_the_first_moment_they_showed),
        cmocka_unit_test(what_is_no_zone_has_no_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
