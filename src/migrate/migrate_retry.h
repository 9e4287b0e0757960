/* migrate_retry.h — migrate --retry-set-aside: only the rows that the last migration of a source
 * has set aside, under a plan or tables that were mended since. */
#ifndef MIGRATE_MIGRATE_RETRY_H
#define MIGRATE_MIGRATE_RETRY_H

#include "migrate/migration.h"

/* migration: looked at its source, and nothing more. Tries the rows, compares, and ends the run
 * anew with *report, a new reference. ERROR_USAGE when there is no run that is over. */
MUST_USE bool migrate_retry(struct migration *migration, json_t **report, struct error *err);

#endif
