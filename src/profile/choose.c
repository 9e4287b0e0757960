/* choose.c — first what was declared, if every value fits it; else what the values
 * themselves need. */
#include "profile/choose.h"

#include "profile/decision.h"
#include "profile/lift.h"

#include <stdarg.h>
#include <stdio.h>

bool
decide(const struct decision *decision, struct value_type type, const char *format, ...)
{
    decision->choice->type = type;
    va_list args;
    va_start(args, format);
    vsnprintf(decision->choice->reason, sizeof decision->choice->reason, format, args);
    va_end(args);
    return true;
}

struct declared_text
decision_declared(const struct decision *decision)
{
    struct declared_text out;
    const char *type = decision->request->column->type;
    if (type[0] == '\0') {
        snprintf(out.text, sizeof out.text, "no declared type");
    } else {
        snprintf(out.text, sizeof out.text, "declared %.36s", type);
    }
    return out;
}

struct value_type
natural_type(const struct decision *decision)
{
    const struct intent *intent = &decision->intent;
    switch (intent->kind) {
    case INTENT_INTEGER: return plain_type(TYPE_BIGINT);
    case INTENT_REAL: return plain_type(TYPE_DOUBLE);
    case INTENT_BLOB: return plain_type(TYPE_BYTEA);
    case INTENT_NUMERIC:
        return (struct value_type){
            .kind = TYPE_NUMERIC, .precision = intent->precision, .scale = intent->scale};
    case INTENT_VARCHAR:
        return intent->length == 0
                   ? plain_type(TYPE_TEXT)
                   : (struct value_type){.kind = TYPE_VARCHAR, .length = intent->length};
    case INTENT_BOOLEAN: return plain_type(TYPE_BOOLEAN);
    case INTENT_DATE: return plain_type(TYPE_DATE);
    case INTENT_TIME: return plain_type(TYPE_TIME);
    case INTENT_TIMESTAMP:
        return plain_type(decision->request->mode == TYPES_EVOLVE ? TYPE_TIMESTAMPTZ
                                                                  : TYPE_TIMESTAMP);
    case INTENT_TIMESTAMPTZ: return plain_type(TYPE_TIMESTAMPTZ);
    case INTENT_JSON: return plain_type(TYPE_JSONB);
    case INTENT_UUID: return plain_type(TYPE_UUID);
    case INTENT_TEXT:
    case INTENT_NONE:
    default: return plain_type(TYPE_TEXT);
    }
}

void
type_choose(const struct type_request *request, struct type_choice *choice)
{
    *choice = (struct type_choice){0};
    struct decision decision = {.request = request,
                                .profile = request->profile,
                                .values = column_profile_values(request->profile),
                                .choice = choice};
    intent_read(request->column, &decision.intent);
    if (decision.values == 0) {
        decide(&decision, natural_type(&decision), "%s, and no value but NULL",
               decision_declared(&decision).text);
        return;
    }
    if (request->mode == TYPES_EVOLVE && type_lift(request, &decision.intent, choice)) {
        return;
    }
    if (!choose_declared(&decision)) {
        choose_by_values(&decision);
    }
    if (request->mode == TYPES_EVOLVE && choice->type.kind == TYPE_TEXT) {
        type_lift_explain(request, &decision.intent, choice);
    }
}
