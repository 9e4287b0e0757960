/* decision.h — one type choice in the making; for choose*.c only. */
#ifndef PROFILE_DECISION_H
#define PROFILE_DECISION_H

#include "profile/choose.h"
#include "profile/intent.h"

struct decision {
    const struct type_request *request;
    const struct column_profile *profile;
    uint64_t values; /* non-NULL */
    struct intent intent;
    struct type_choice *choice;
};

/* The declared type, short enough for a reason. */
struct declared_text {
    char text[48];
};
struct declared_text decision_declared(const struct decision *decision);

/* Sets type and reason. Returns true. */
bool decide(const struct decision *decision, struct value_type type, const char *format, ...)
    PRINTF_LIKE(3, 4);

static inline struct value_type
plain_type(enum type_kind kind)
{
    return (struct value_type){.kind = kind};
}

/* What the declared type stands for when no value speaks against it. */
struct value_type natural_type(const struct decision *decision);

/* True: the declared type decided it. False: the values must; a reason and a witness
 * may stand in the choice already. */
bool choose_declared(const struct decision *decision);

/* What holds every value exactly, whatever was declared. */
void choose_by_values(const struct decision *decision);

#endif
