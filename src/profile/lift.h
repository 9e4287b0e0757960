/* lift.h — for evolve: may plain text become something better? */
#ifndef PROFILE_LIFT_H
#define PROFILE_LIFT_H

#include "profile/choose.h"
#include "profile/intent.h"

/* True, with the choice made, when every value fits and the column's name or use
 * agrees. Only for columns that were declared as text, or as nothing we know; and
 * for blobs. */
bool type_lift(const struct type_request *request, const struct intent *intent,
               struct type_choice *choice);

/* For a text column that type_lift left as it is though its name asks for more: the reason goes
 * on with the value that kept it. */
void type_lift_explain(const struct type_request *request, const struct intent *intent,
                       struct type_choice *choice);

/* The unit in which all integers fall between 1973 and 5138, when just one is left;
 * the units' windows do not overlap. */
enum epoch_unit epoch_of_integers(const struct column_profile *profile);

/* "seconds", ...; static. */
const char *epoch_name(enum epoch_unit unit);

#endif
