/* schema_files_internal.h — what the files of the schema files share. */
#ifndef POSTGRES_SCHEMA_FILES_INTERNAL_H
#define POSTGRES_SCHEMA_FILES_INTERNAL_H

#include "postgres/journal_internal.h"
#include "postgres/schema_files.h"

/* SHA-256 of the first `length` bytes, in hex, by the server. */
MUST_USE bool schema_files_digest(PGconn *conn, struct arena *arena,
                                  const struct sql_script *script, size_t length,
                                  const char **sha256, struct error *err);

/* Runs the statements [first, last) of a file as one simple query. A failure is
 * "file:line:column: what the server said". */
MUST_USE bool schema_file_run(PGconn *conn, const struct schema_file *file, size_t first,
                              size_t last, struct error *err);

#endif
