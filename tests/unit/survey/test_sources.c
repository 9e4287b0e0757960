/* test_sources.c — survey/sources.c and report/many.c: files found, told apart and named. */
#include "report/many.h"
#include "survey/sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A directory of its own for each test, with what the test puts into it. */
struct place {
    struct arena arena;
    char directory[64];
};

static int
make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strncat(place->directory, "/tmp/outgrow-sources.XXXXXX", sizeof place->directory - 1);
    assert_non_null(mkdtemp(place->directory));
    *state = place;
    return 0;
}

static int
remove_place(void **state)
{
    struct place *place = *state;
    char *command = arena_printf(&place->arena, "rm -r '%s'", place->directory);
    int code = system(command);
    arena_free(&place->arena);
    free(place);
    return code;
}

static const char *
file(struct place *place, const char *name, const char *content, size_t size)
{
    const char *path = arena_printf(&place->arena, "%s/%s", place->directory, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(content, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
    return path;
}

static const char *
database(struct place *place, const char *name)
{
    return file(place, name, "SQLite format 3\0.", 17);
}

static bool
find(struct place *place, const char **operands, size_t count, struct sources *sources,
     struct error *err)
{
    const struct settings settings = {
        .arguments = operands, .argument_count = count, .schema = "public"};
    return sources_find(&place->arena, &settings, true, sources, err);
}

static void
a_directory_is_its_databases_by_name(void **state)
{
    struct place *place = *state;
    struct sources sources;
    struct error err;
    database(place, "b.db");
    database(place, "a.db");
    file(place, "a.db-wal", "x", 1);
    file(place, "empty.db", "", 0);
    file(place, "notes.txt", "hello there, this is text", 25);
    const char *operands[] = {place->directory};
    assert_true(find(place, operands, 1, &sources, &err));
    assert_int_equal(sources.count, 2);
    assert_string_equal(sources.entries[0].name, "a");
    assert_string_equal(sources.entries[1].name, "b");
    assert_int_equal(sources.left_out_count, 2);
    assert_string_equal(sources.left_out[0].reason, "empty (0 bytes)");
    assert_string_equal(sources.left_out[1].reason, "not a SQLite file");
}

static void
links_to_one_file_are_one_source(void **state)
{
    struct place *place = *state;
    struct sources sources;
    struct error err;
    const char *path = database(place, "a.db");
    const char *soft = arena_printf(&place->arena, "%s/soft.db", place->directory);
    const char *hard = arena_printf(&place->arena, "%s/hard.db", place->directory);
    assert_int_equal(symlink("a.db", soft), 0);
    assert_int_equal(link(path, hard), 0);
    const char *operands[] = {place->directory, soft};
    assert_true(find(place, operands, 2, &sources, &err));
    assert_int_equal(sources.count, 1);
    assert_int_equal(sources.entries[0].alias_count, 2);
    assert_string_equal(sources.entries[0].path, path);
}

static void
the_last_operand_is_the_target_when_it_looks_like_one(void **state)
{
    struct place *place = *state;
    struct sources sources;
    struct error err;
    const char *path = database(place, "a.db");
    const char *other = database(place, "x=y.db");
    const char *uri[] = {path, "postgresql://h/d"};
    assert_true(find(place, uri, 2, &sources, &err));
    assert_int_equal(sources.count, 1);
    assert_string_equal(sources.target, "postgresql://h/d");
    const char *words[] = {path, "host=h dbname=d"};
    assert_true(find(place, words, 2, &sources, &err));
    assert_string_equal(sources.target, "host=h dbname=d");
    const char *files[] = {path, other};
    assert_true(find(place, files, 2, &sources, &err));
    assert_null(sources.target);
    assert_int_equal(sources.count, 2);
    const char *wrong[] = {path, "postgresql://u:secret@h/d", "postgresql://h/d"};
    assert_false(find(place, wrong, 3, &sources, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_null(strstr(err.message, "secret"));
    const char *missing[] = {path, "missing.db"};
    assert_false(find(place, missing, 2, &sources, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
}

static void
a_source_goes_into_a_schema_of_its_name(void **state)
{
    struct place *place = *state;
    struct source_entry entries[] = {{.name = "My-App 2"}, {.name = "pg_x"}};
    struct sources sources = {.entries = entries, .count = 2};
    struct settings settings = {.schema = "app_{source}"};
    struct arena *arena = &place->arena;
    assert_string_equal(many_schema(arena, &settings, &sources, 0), "app_my_app_2");
    assert_string_equal(sources_schema(arena, &settings, &entries[1]), "source_pg_x");
    settings.names = NAMES_KEEP;
    assert_string_equal(sources_schema(arena, &settings, &entries[0]), "My-App 2");
    settings.schema = "one";
    assert_string_equal(many_schema(arena, &settings, &sources, 1), "one");
}

static void
an_error_is_worse_than_a_difference(void **state)
{
    (void)state;
    assert_int_equal(many_worse(EXIT_DONE, EXIT_SET_ASIDE), EXIT_SET_ASIDE);
    assert_int_equal(many_worse(EXIT_DIFFERS, EXIT_SET_ASIDE), EXIT_DIFFERS);
    assert_int_equal(many_worse(EXIT_DIFFERS, EXIT_SOURCE), EXIT_SOURCE);
    assert_int_equal(many_worse(EXIT_INTERRUPTED, EXIT_TARGET), EXIT_INTERRUPTED);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(a_directory_is_its_databases_by_name),
        PLACED(links_to_one_file_are_one_source),
        PLACED(the_last_operand_is_the_target_when_it_looks_like_one),
        PLACED(a_source_goes_into_a_schema_of_its_name),
        cmocka_unit_test(an_error_is_worse_than_a_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
