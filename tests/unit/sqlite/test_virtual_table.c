/* test_virtual_table.c — sqlite/virtual_table.c. */
#include "base/text.h"
#include "sqlite/virtual_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
full_text_tables_say_what_they_index(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        const char *columns; /* NULL: no full-text table */
        const char *content; /* NULL: none said */
        bool stems;
    } cases[] = {
        {"CREATE VIRTUAL TABLE f USING fts5(a, b)", "a b ", NULL, false},
        {"CREATE VIRTUAL TABLE f USING fts5(a UNINDEXED, \"b c\", [d], content='t', "
         "content_rowid=id, tokenize = 'porter unicode61')",
         "b c d ", "t", true},
        {"create virtual table \"using\" using FTS4(content=\"my t\", title TEXT, body, "
         "tokenize=porter)",
         "title body ", "my t", true},
        {"CREATE VIRTUAL TABLE f USING fts5(x, content='')", "x ", "", false},
        {"CREATE VIRTUAL TABLE f USING fts5(it, tokenize=\"unicode61 separators ',)'\", z)",
         "it z ", NULL, false},
        {"CREATE VIRTUAL TABLE f USING fts5('it''s')", "it's ", NULL, false},
        {"CREATE VIRTUAL TABLE f USING rtree(id, x, y)", NULL, NULL, false},
        {"CREATE VIRTUAL TABLE f USING fts5", NULL, NULL, false},
        {"CREATE VIRTUAL TABLE f USING fts5(content='t')", NULL, NULL, false},
        {"CREATE VIRTUAL TABLE f", NULL, NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO_ARENA arena = {0};
        AUTO_TEXT columns = {0};
        struct fts_table table;
        bool read = fts_table_read(&arena, cases[i].sql, &table);
        if (read != (cases[i].columns != NULL)) {
            fail_msg("%s", cases[i].sql);
        }
        for (size_t c = 0; read && c < table.column_count; c++) {
            text_printf(&columns, "%s ", table.columns[c]);
        }
        assert_string_equal(text_string(&columns), read ? cases[i].columns : "");
        if (read && cases[i].content != NULL) {
            assert_string_equal(table.content, cases[i].content);
        } else if (read) {
            assert_null(table.content);
        }
        assert_true(!read || table.stems == cases[i].stems);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_text_tables_say_what_they_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
