/* values.h — SQLite values for tests. */
#ifndef TEST_VALUES_H
#define TEST_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

/* One database in memory; a value lives until the next is made. */
struct values {
    sqlite3 *database;
    sqlite3_stmt *bound; /* SELECT ?1 */
    sqlite3_stmt *sql;   /* of the last value_of_sql */
};

/* encoding: "UTF-8", "UTF-16le", "UTF-16be". Ends the test when SQLite fails. */
void values_open(struct values *values, const char *encoding);
void values_close(struct values *values);
#define AUTO_VALUES __attribute__((cleanup(values_close))) struct values

sqlite3_value *value_of_integer(struct values *values, int64_t number);
sqlite3_value *value_of_real(struct values *values, double number);
sqlite3_value *value_of_text(struct values *values, const char *text);
sqlite3_value *value_of_bytes(struct values *values, const void *bytes, size_t size); /* text */
sqlite3_value *value_of_blob(struct values *values, const void *bytes, size_t size);
sqlite3_value *value_of_null(struct values *values);

/* The first column of the statement's first row. */
sqlite3_value *value_of_sql(struct values *values, const char *sql);

/* The same numbers in every run. */
uint64_t next_random(uint64_t *state);

#endif
