/* choose_values.c — the narrowest type that holds every value exactly. */
#include "profile/decision.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define EXACT_DOUBLE_MAX (INT64_C(1) << 53)

/* Gives the type, and the reason unless the declared type has left one. */
PRINTF_LIKE(3, 4)
static void
settle(const struct decision *decision, enum type_kind kind, const char *format, ...)
{
    struct type_choice *choice = decision->choice;
    choice->type = plain_type(kind);
    if (choice->reason[0] != '\0') {
        return;
    }
    int length = snprintf(choice->reason, sizeof choice->reason, "%s, ",
                          decision_declared(decision).text);
    va_list args;
    va_start(args, format);
    vsnprintf(choice->reason + length, sizeof choice->reason - (size_t)length, format, args);
    va_end(args);
}

static const char *const class_words[] = {"integer", "real", "text", "blob"};

/* More than one storage class: counts them; the witness is the first value of the
 * rarest. */
static void
settle_mixed(const struct decision *decision, enum type_kind kind)
{
    const struct column_profile *profile = decision->profile;
    const uint64_t counts[] = {profile->integers, profile->reals, profile->texts,
                               profile->blobs};
    char list[128] = "";
    size_t length = 0;
    int rarest = -1;
    for (int i = 0; i < 4; i++) {
        if (counts[i] == 0) {
            continue;
        }
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%" PRIu64 " %s%s",
                                   length > 0 ? ", " : "", counts[i], class_words[i],
                                   counts[i] == 1 ? "" : "s");
        if (rarest < 0 || counts[i] < counts[rarest]) {
            rarest = i;
        }
    }
    if (!decision->choice->witness.set) {
        decision->choice->witness = profile->first_of[rarest];
    }
    settle(decision, kind, "but the values are of several kinds: %s", list);
}

static void
settle_numbers(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    if (profile->reals == 0) {
        settle(decision, TYPE_BIGINT, "every value is an integer");
        return;
    }
    if (profile->integers == 0) {
        settle(decision, TYPE_DOUBLE, "every value is a real");
        return;
    }
    bool exact = profile->integer_min >= -EXACT_DOUBLE_MAX &&
                 profile->integer_max <= EXACT_DOUBLE_MAX;
    if (exact) {
        settle(decision, TYPE_DOUBLE,
               "the values are reals (%" PRIu64 ") and integers (%" PRIu64
               ") that a double holds exactly",
               profile->reals, profile->integers);
    } else {
        settle(decision, TYPE_NUMERIC,
               "the values are reals (%" PRIu64 ") and integers (%" PRIu64
               "), some beyond what a double holds exactly",
               profile->reals, profile->integers);
    }
}

static void
settle_texts(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    bool bytea = profile->texts_bad > 0 && decision->request->bad_text == BAD_TEXT_BYTEA;
    if (profile->texts_bad > 0 && !decision->choice->witness.set) {
        decision->choice->witness = profile->first_bad_text;
    }
    if (bytea) {
        settle(decision, TYPE_BYTEA,
               "%" PRIu64 " of %" PRIu64 " texts are not valid text for PostgreSQL, and "
               "--bad-text bytea keeps their bytes",
               profile->texts_bad, profile->texts);
    } else if (profile->texts < decision->values) {
        settle_mixed(decision, TYPE_TEXT);
    } else if (profile->texts_bad > 0) {
        settle(decision, TYPE_TEXT,
               "every value is text, but %" PRIu64 " of %" PRIu64
               " are not valid text for PostgreSQL",
               profile->texts_bad, profile->texts);
    } else {
        settle(decision, TYPE_TEXT, "every value is text");
    }
}

void
choose_by_values(const struct decision *decision)
{
    const struct column_profile *profile = decision->profile;
    if (profile->blobs == decision->values) {
        settle(decision, TYPE_BYTEA, "every value is a blob");
    } else if (profile->blobs > 0) {
        settle_mixed(decision, TYPE_BYTEA);
    } else if (profile->texts > 0) {
        settle_texts(decision);
    } else {
        settle_numbers(decision);
    }
}
