/* index_warnings.h — keys too long for an index of PostgreSQL, said before the copy. */
#ifndef REPORT_INDEX_WARNINGS_H
#define REPORT_INDEX_WARNINGS_H

#include "survey/survey.h"

/* One warning for each primary key, unique constraint and index whose longest key, by what the
 * inspection has seen, is more than a btree takes. Compression may yet make it fit. Nothing for
 * existing tables: their indexes are theirs. */
void index_warnings(const struct survey *survey, json_t *warnings);

#endif
