/* test_detail.c — verify/row.c, shape.c, detail.c and show.c together: a SQLite file on
 * one side, fields as the server would send them on the other, and what is said of them. */
#include "verify/detail.h"
#include "verify/shape.h"

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { COLUMNS = 3, ROWS = 4, FOUND_MAX = 8 };

static const char source_sql[] =
    "CREATE TABLE t (v TEXT, id INTEGER PRIMARY KEY, b BLOB);"
    "INSERT INTO t VALUES ('one', 1, x'01'), ('it''s' || char(10), 2, NULL),"
    " (printf('%.*c', 300, 'x'), 3, zeroblob(300)), ('gone', 4, x'04')";

/* id first, as it is the key; then v and b. */
struct target_row {
    const char *id;
    const char *v;
    size_t v_size;
    const char *b; /* NULL: SQL NULL */
    size_t b_size;
};

static struct arena memory;
static struct source source;
static struct catalog catalog;
static struct shape shape;
static char path[] = "/tmp/outgrow-detail-XXXXXX";

static int
start(void **state)
{
    (void)state;
    static const struct value_type types[COLUMNS] = {
        {.kind = TYPE_TEXT}, {.kind = TYPE_BIGINT}, {.kind = TYPE_BYTEA}};
    static struct plan_column columns[COLUMNS];
    struct error err = {0};
    sqlite3 *db = NULL;
    int file = mkstemp(path);
    if (file < 0 || close(file) != 0 || sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, source_sql, NULL, NULL, NULL) != SQLITE_OK) {
        return -1;
    }
    sqlite3_close(db);
    if (!source_open(&source, path, &err) || !catalog_read(&source, &memory, &catalog, &err)) {
        return -1;
    }
    for (int i = 0; i < COLUMNS; i++) {
        columns[i] = (struct plan_column){.source_position = i,
                                          .name = catalog.tables[0].columns[i].name.text,
                                          .type = types[i]};
    }
    struct plan_table table = {.source = &catalog.tables[0],
                               .schema = "public",
                               .name = "t",
                               .columns = columns,
                               .column_count = COLUMNS};
    shape_build(&memory, &table, &shape);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    source_close(&source);
    arena_free(&memory);
    return unlink(path);
}

static void
key_columns_come_first(void **state)
{
    (void)state;
    assert_int_equal(shape.key_count, 1);
    assert_string_equal(shape.columns[0].name, "id");
    assert_string_equal(shape.columns[1].name, "v");
    assert_string_equal(shape.select_open, "COPY (SELECT id, v, b FROM public.t");
}

static bool
to_tally(void *context, const struct row *row)
{
    tally_add(context, row->key_hash, row->row_hash, 0);
    return true;
}

static void
read_source(struct row_maker *maker, bool (*sink)(void *, const struct row *), void *context)
{
    struct error err = {0};
    AUTO_SCAN scan = {0};
    assert_true(scan_open(&scan, &source, &catalog.tables[0], SCAN_EVERYTHING, &err));
    while (scan_next(&scan, &err) == SCAN_ROW) {
        struct row row = {.position = scan.position, .scan = &scan};
        verify_row_hash(maker, &shape, &row);
        sink(context, &row);
    }
}

static struct copy_field
field(const char *bytes, size_t size)
{
    return (struct copy_field){(const uint8_t *)bytes, bytes == NULL ? -1 : (int32_t)size};
}

static void
read_target(const struct target_row *rows, struct row_maker *maker,
            bool (*sink)(void *, const struct row *), void *context)
{
    for (size_t i = 0; i < ROWS; i++) {
        struct copy_field fields[COLUMNS] = {field(rows[i].id, 8),
                                             field(rows[i].v, rows[i].v_size),
                                             field(rows[i].b, rows[i].b_size)};
        struct row row = {.fields = fields};
        verify_row_hash(maker, &shape, &row);
        sink(context, &row);
    }
}

struct found {
    struct difference list[FOUND_MAX];
    size_t count;
};

static void
collect(void *context, const struct difference *difference)
{
    struct found *found = context;
    assert_true(found->count < FOUND_MAX);
    struct difference *kept = &found->list[found->count++];
    *kept = (struct difference){
        .key = arena_strdup(&memory, difference->key),
        .column = arena_strdup(&memory, difference->column),
        .kind = difference->kind,
        .source_value = arena_strdup(&memory, difference->source_value),
        .target_value = arena_strdup(&memory, difference->target_value)};
}

static void
compare(const struct target_row *rows, size_t differences_max, struct found *found)
{
    struct row_maker maker = {0};
    struct finding findings[FOUND_MAX];
    struct match match = {.findings = findings, .findings_max = FOUND_MAX};
    struct tally left = {.entries_max = 1024};
    struct tally right = {.entries_max = 1024};
    read_source(&maker, to_tally, &left);
    read_target(rows, &maker, to_tally, &right);
    match_entries(&left, &right, &match);
    struct detail of_source = {.arena = &memory,
                               .maker = &maker,
                               .shape = &shape,
                               .findings = findings,
                               .finding_count = match.finding_count};
    struct detail of_target = of_source;
    of_target.target = true;
    detail_start(&of_source);
    detail_start(&of_target);
    read_source(&maker, detail_take, &of_source);
    read_target(rows, &maker, detail_take, &of_target);
    detail_compare(&of_source, &of_target, differences_max, collect, found);
    tally_free(&left);
    tally_free(&right);
    row_maker_free(&maker);
}

static char long_text[301];
static char long_bytes[300];

static void
fill(struct target_row rows[ROWS])
{
    memset(long_text, 'x', 300);
    memset(long_bytes, 0, sizeof long_bytes);
    rows[0] = (struct target_row){"\0\0\0\0\0\0\0\1", "one", 3, "\1", 1};
    rows[1] = (struct target_row){"\0\0\0\0\0\0\0\2", "it's\n", 5, NULL, 0};
    rows[2] = (struct target_row){"\0\0\0\0\0\0\0\3", long_text, 300, long_bytes, 300};
    rows[3] = (struct target_row){"\0\0\0\0\0\0\0\4", "gone", 4, "\4", 1};
}

static void
equal_rows_leave_nothing_to_say(void **state)
{
    (void)state;
    struct target_row rows[ROWS];
    struct found found = {0};
    fill(rows);
    compare(rows, FOUND_MAX, &found);
    assert_int_equal(found.count, 0);
}

static void
rows_are_named_in_source_order_with_their_cells(void **state)
{
    (void)state;
    struct target_row rows[ROWS];
    struct found found = {0};
    fill(rows);
    rows[0].b = "\3";
    rows[1].v = "it's";
    rows[1].v_size = 4;
    rows[1].b = "";
    rows[3].id = "\0\0\0\0\0\0\0\5";
    compare(rows, FOUND_MAX, &found);
    assert_int_equal(found.count, 5);
    const struct difference *list = found.list;
    assert_string_equal(list[0].key, "id=1");
    assert_string_equal(list[0].column, "b");
    assert_string_equal(list[0].source_value, "x'01'");
    assert_string_equal(list[0].target_value, "x'03'");
    assert_string_equal(list[1].source_value, "'it''s\\x0a'");
    assert_string_equal(list[1].target_value, "'it''s'");
    assert_string_equal(list[2].column, "b");
    assert_null(list[2].source_value);
    assert_string_equal(list[2].target_value, "x''");
    assert_string_equal(list[3].kind, "missing row");
    assert_string_equal(list[3].key, "id=4");
    assert_string_equal(list[4].kind, "extra row");
    assert_string_equal(list[4].key, "id=5");
}

static void
long_values_that_begin_alike_are_told_apart(void **state)
{
    (void)state;
    struct target_row rows[ROWS];
    struct found found = {0};
    fill(rows);
    long_text[299] = 'y';
    long_bytes[150] = 1;
    compare(rows, FOUND_MAX, &found);
    assert_int_equal(found.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(strstr(found.list[i].source_value, "(300 bytes)"));
        assert_string_not_equal(found.list[i].source_value, found.list[i].target_value);
    }
}

static void
no_more_is_said_than_was_asked_for(void **state)
{
    (void)state;
    struct target_row rows[ROWS];
    struct found found = {0};
    fill(rows);
    for (size_t i = 0; i < ROWS; i++) {
        rows[i].v_size--;
    }
    compare(rows, 2, &found);
    assert_int_equal(found.count, 2);
}

/* A cell that is too long for the row's hash is hashed on its own. */
static void
cells_do_not_run_into_each_other(void **state)
{
    (void)state;
    struct row_maker maker = {0};
    struct row a = {0};
    struct row b = {0};
    struct copy_field first[COLUMNS] = {field("\0\0\0\0\0\0\0\1", 8), field("ab", 2),
                                        field("c", 1)};
    struct copy_field second[COLUMNS] = {field("\0\0\0\0\0\0\0\1", 8), field("a", 1),
                                         field("bc", 2)};
    a.fields = first;
    b.fields = second;
    verify_row_hash(&maker, &shape, &a);
    verify_row_hash(&maker, &shape, &b);
    assert_true(a.key_hash == b.key_hash);
    assert_true(a.row_hash != b.row_hash);
    row_maker_free(&maker);
}

/* As COPY sends a row: sizes, -1 for NULL, and bytes. */
static void
send_fields(struct text *wire, const struct copy_field *fields, struct copy_field *sent)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        uint32_t size = htobe32((uint32_t)fields[i].size);
        text_add_bytes(wire, &size, sizeof size);
        text_add_bytes(wire, fields[i].bytes, fields[i].size < 0 ? 0 : (size_t)fields[i].size);
    }
    size_t at = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        at += sizeof(uint32_t);
        sent[i] = (struct copy_field){fields[i].size < 0 ? NULL : (uint8_t *)wire->bytes + at,
                                      fields[i].size};
        at += fields[i].size < 0 ? 0 : (size_t)fields[i].size;
    }
}

static void
expect_one_hash(struct copy_field id, struct copy_field v, struct copy_field b)
{
    AUTO_TEXT wire = {0};
    AUTO_ROW_MAKER maker = {0};
    const struct copy_field fields[COLUMNS] = {id, v, b};
    struct copy_field sent[COLUMNS];
    send_fields(&wire, fields, sent);
    struct row whole = {.fields = sent, .as_sent = true};
    struct row pieces = {.fields = fields};
    verify_row_hash(&maker, &shape, &whole);
    verify_row_hash(&maker, &shape, &pieces);
    assert_true(whole.row_hash == pieces.row_hash);
    assert_true(whole.key_hash == pieces.key_hash);
}

/* A size that is none of a bigint, NULLs, and cells that are hashed on their own. */
static void
a_row_as_it_was_sent_has_the_hash_of_its_cells(void **state)
{
    (void)state;
    static const char id[] = "\0\0\0\0\0\0\0\1";
    static char large[5000];
    memset(large, 'x', sizeof large);
    expect_one_hash(field(id, 8), field("ab", 2), field("c", 1));
    expect_one_hash(field(id, 8), field("", 0), field("", 0));
    expect_one_hash(field(id, 8), field(NULL, 0), field("c", 1));
    expect_one_hash(field(id, 8), field("ab", 2), field(NULL, 0));
    expect_one_hash(field(id, 4), field("ab", 2), field("c", 1));
    expect_one_hash(field(NULL, 0), field("ab", 2), field("c", 1));
    expect_one_hash(field(NULL, 0), field(NULL, 0), field("c", 1));
    expect_one_hash(field(NULL, 0), field(NULL, 0), field(NULL, 0));
    for (size_t size = 1000; size < sizeof large; size += 8) {
        expect_one_hash(field(id, 8), field(large, size), field("c", 1));
        expect_one_hash(field(id, 8), field("ab", 2), field(large, size));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_columns_come_first),
        cmocka_unit_test(equal_rows_leave_nothing_to_say),
        cmocka_unit_test(rows_are_named_in_source_order_with_their_cells),
        cmocka_unit_test(long_values_that_begin_alike_are_told_apart),
        cmocka_unit_test(no_more_is_said_than_was_asked_for),
        cmocka_unit_test(cells_do_not_run_into_each_other),
        cmocka_unit_test(a_row_as_it_was_sent_has_the_hash_of_its_cells),
    };
    return cmocka_run_group_tests(tests, start, end);
}
