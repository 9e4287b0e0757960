/* shadow.c — see shadow.h. */
#include "access/shadow.h"

#include <stdlib.h>
#include <string.h>

const char *
shadow_verdict_name(enum shadow_verdict verdict)
{
    switch (verdict) {
    case SHADOW_SAME: return "same";
    case SHADOW_ORDER: return "order differs";
    case SHADOW_DIFFERS: return "differs";
    case SHADOW_FAILED: return "failed";
    }
    return "";
}

static int
compare_numbers(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int
compare_hashes(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

int64_t
shadow_median(int64_t *numbers, size_t count)
{
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    return numbers[count / 2];
}

bool
shadow_time(struct asked *asked, size_t runs, int64_t *source_us, int64_t *target_us,
            struct error *err)
{
    for (size_t i = 0; i < runs; i++) {
        bool source_first = i % 2 == 0;
        if ((source_first && !asked_time_source(asked, &source_us[i], err)) ||
            !asked_time_target(asked, &target_us[i], err) ||
            (!source_first && !asked_time_source(asked, &source_us[i], err))) {
            return false;
        }
    }
    return true;
}

/* Both sorted. Counts what only one has, and keeps the first few. */
struct surplus {
    size_t count;
    uint64_t examples[SHADOW_EXAMPLES];
};

static void
surplus_add(struct surplus *surplus, uint64_t hash)
{
    if (surplus->count < SHADOW_EXAMPLES) {
        surplus->examples[surplus->count] = hash;
    }
    surplus->count++;
}

static void
find_surplus(const struct answer *source, const struct answer *target,
             struct surplus *only_source, struct surplus *only_target)
{
    size_t left = 0;
    size_t right = 0;
    while (left < source->row_count || right < target->row_count) {
        bool take_left = right == target->row_count ||
                         (left < source->row_count && source->rows[left] < target->rows[right]);
        bool take_right = left == source->row_count ||
                          (right < target->row_count &&
                           target->rows[right] < source->rows[left]);
        if (take_left) {
            surplus_add(only_source, source->rows[left++]);
        } else if (take_right) {
            surplus_add(only_target, target->rows[right++]);
        } else {
            left++;
            right++;
        }
    }
}

typedef bool answer_function(struct asked *asked, struct answer *answer, struct error *err);

static bool
show_examples(struct asked *asked, answer_function *ask, const struct surplus *surplus,
              const char *shown[SHADOW_EXAMPLES], struct arena *arena, struct error *err)
{
    if (surplus->count == 0) {
        return true;
    }
    AUTO_ANSWER again = {.wanted = surplus->examples,
                         .wanted_count = surplus->count < SHADOW_EXAMPLES ? surplus->count
                                                                          : SHADOW_EXAMPLES,
                         .shown = shown,
                         .arena = arena};
    return ask(asked, &again, err);
}

static bool
compare(struct asked *asked, struct answer *source, struct answer *target,
        struct shadow_result *result, struct error *err)
{
    struct surplus only_source = {0};
    struct surplus only_target = {0};
    result->rows_source = source->row_count;
    result->rows_target = target->row_count;
    bool same_order = source->row_count == target->row_count &&
                      (source->row_count == 0 ||
                       memcmp(source->rows, target->rows,
                              source->row_count * sizeof *source->rows) == 0);
    if (same_order) {
        result->verdict = SHADOW_SAME;
        return true;
    }
    qsort(source->rows, source->row_count, sizeof *source->rows, compare_hashes);
    qsort(target->rows, target->row_count, sizeof *target->rows, compare_hashes);
    find_surplus(source, target, &only_source, &only_target);
    result->only_source = only_source.count;
    result->only_target = only_target.count;
    if (only_source.count == 0 && only_target.count == 0) {
        result->verdict = asked->query->ordered ? SHADOW_ORDER : SHADOW_SAME;
        return true;
    }
    result->verdict = SHADOW_DIFFERS;
    return show_examples(asked, answer_of_source, &only_source, result->source_examples,
                         source->arena, err) &&
           show_examples(asked, answer_of_target, &only_target, result->target_examples,
                         source->arena, err);
}

static bool
ask(struct asked *asked, size_t runs, struct arena *arena, struct shadow_result *result,
    struct error *err)
{
    AUTO_ANSWER source = {.arena = arena};
    AUTO_ANSWER target = {.arena = arena};
    int64_t *source_us = arena_alloc(arena, runs * sizeof *source_us);
    int64_t *target_us = arena_alloc(arena, runs * sizeof *target_us);
    if (!answer_of_source(asked, &source, err) || !answer_of_target(asked, &target, err) ||
        !compare(asked, &source, &target, result, err) ||
        !shadow_time(asked, runs, source_us, target_us, err)) {
        return false;
    }
    result->source_us = shadow_median(source_us, runs);
    result->target_us = shadow_median(target_us, runs);
    return true;
}

/* A query that fails while it runs is that query's fault, as long as the connection stands. */
static bool
forgive(const struct sides *sides, struct arena *arena, struct shadow_result *result,
        const struct error *err)
{
    if (err->kind == ERROR_STOPPED || PQstatus(sides->conn) != CONNECTION_OK) {
        return false;
    }
    result->verdict = SHADOW_FAILED;
    result->why = arena_strdup(arena, err->message);
    return true;
}

bool
shadow_ask(const struct sides *sides, const struct query *query, size_t runs,
           struct arena *arena, struct shadow_result *result, struct error *err)
{
    AUTO_ASKED asked = {0};
    const char *why = NULL;
    *result = (struct shadow_result){.query = query};
    if (!asked_open(&asked, sides, query, arena, &why, err)) {
        result->verdict = SHADOW_FAILED;
        result->why = why;
        return why != NULL;
    }
    return ask(&asked, runs, arena, result, err) || forgive(sides, arena, result, err);
}
