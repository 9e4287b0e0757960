/* test_parse.c — cli/parse.c and cli/option_value.c. */
#include "cli/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 16 };

struct parsed {
    struct arena arena;
    struct command_line line;
    struct error err;
    bool ok;
};

/* Parses words separated by single blanks. */
static struct parsed
parse(const char *words_text)
{
    struct parsed parsed = {0};
    char *words[WORDS_MAX] = {0};
    size_t count = 0;
    char *rest = arena_strdup(&parsed.arena, words_text);
    for (char *word; rest != NULL && *rest != '\0' && count < WORDS_MAX;) {
        word = strsep(&rest, " ");
        words[count++] = word;
    }
    parsed.ok = parse_command_line(&parsed.arena, words, count, &parsed.line, &parsed.err);
    return parsed;
}

static void
assert_refused(const char *words, const char *message, const char *hint)
{
    struct parsed parsed = parse(words);
    assert_false(parsed.ok);
    assert_int_equal(parsed.err.kind, ERROR_USAGE);
    assert_string_equal(parsed.err.message, message);
    assert_string_equal(parsed.err.hint, hint);
    arena_free(&parsed.arena);
}

static void
defaults_come_from_the_table(void **state)
{
    (void)state;
    struct parsed parsed = parse("migrate app.db");
    assert_true(parsed.ok);
    assert_string_equal(parsed.line.command->name, "migrate");
    assert_int_equal(parsed.line.settings.types, TYPES_FAITHFUL);
    assert_int_equal(parsed.line.settings.names, NAMES_SOURCE);
    assert_int_equal(parsed.line.settings.bad_text, BAD_TEXT_SET_ASIDE);
    assert_string_equal(parsed.line.settings.schema, "public");
    assert_null(parsed.line.settings.backup_directory);
    assert_int_equal(parsed.line.settings.jobs, 0);
    assert_false(parsed.line.settings.replace);
    assert_int_equal(parsed.line.settings.argument_count, 1);
    assert_string_equal(parsed.line.settings.arguments[0], "app.db");
    arena_free(&parsed.arena);
}

static void
options_and_operands_may_be_mixed(void **state)
{
    (void)state;
    struct parsed parsed = parse(
        "migrate --types=evolve app.db --bad-text strip -j4 postgresql://h/d -nq");
    assert_true(parsed.ok);
    assert_int_equal(parsed.line.settings.types, TYPES_EVOLVE);
    assert_int_equal(parsed.line.settings.bad_text, BAD_TEXT_STRIP);
    assert_int_equal(parsed.line.settings.jobs, 4);
    assert_true(parsed.line.settings.dry_run);
    assert_true(parsed.line.settings.quiet);
    assert_int_equal(parsed.line.settings.argument_count, 2);
    assert_string_equal(parsed.line.settings.arguments[1], "postgresql://h/d");
    arena_free(&parsed.arena);
}

static void
a_short_option_takes_the_next_word(void **state)
{
    (void)state;
    struct parsed parsed = parse("plan app.db -o out.yaml");
    assert_true(parsed.ok);
    assert_string_equal(parsed.line.settings.output_path, "out.yaml");
    arena_free(&parsed.arena);
    assert_refused("plan app.db -o", "-o needs a value: -o FILE", "");
}

static void
an_option_is_not_taken_for_the_value_of_another(void **state)
{
    (void)state;
    assert_refused("plan --check --plan plan.yaml",
                   "--check needs a value: --check FILE; an option follows instead: --plan",
                   "write the value between them; one that begins like an option is written "
                   "--check=--plan");
    assert_refused("plan --check --pln plan.yaml",
                   "--check needs a value: --check FILE; an option follows instead: --pln",
                   "write the value between them; one that begins like an option is written "
                   "--check=--pln");
    assert_refused("plan app.db -o -j 4",
                   "-o needs a value: -o FILE; an option follows instead: -j",
                   "write the value between them; one that begins like an option is written "
                   "--output=-j");
    assert_refused("migrate app.db --jobs --help",
                   "--jobs needs a value: --jobs N; an option follows instead: --help",
                   "write the value between them; one that begins like an option is written "
                   "--jobs=--help");
    assert_refused("plan --check -- app.db", "--check needs a value: --check FILE", "");
    static const struct {
        const char *words;
        const char *value;
    } meant[] = {{"plan app.db --output=--plan", "--plan"},
                 {"plan app.db -o--plan", "--plan"},
                 {"plan app.db -o -", "-"},
                 {"plan app.db -o -x", "-x"},
                 {"plan app.db -o -jay", "-jay"}};
    for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++) {
        struct parsed parsed = parse(meant[i].words);
        assert_true(parsed.ok);
        assert_string_equal(parsed.line.settings.output_path, meant[i].value);
        arena_free(&parsed.arena);
    }
}

static void
no_turns_a_flag_off_and_the_last_word_counts(void **state)
{
    (void)state;
    struct parsed parsed = parse("migrate --replace --no-replace app.db --json=yes");
    assert_true(parsed.ok);
    assert_false(parsed.line.settings.replace);
    assert_true(parsed.line.settings.json);
    arena_free(&parsed.arena);
    assert_refused("migrate --no-types app.db", "\"migrate\" has no option --no-types",
                   "outgrow help migrate lists its options");
}

static void
two_dashes_end_the_options(void **state)
{
    (void)state;
    struct parsed parsed = parse("inspect -- --json");
    assert_true(parsed.ok);
    assert_false(parsed.line.settings.json);
    assert_string_equal(parsed.line.settings.arguments[0], "--json");
    arena_free(&parsed.arena);
}

static void
what_stands_behind_psql_is_psqls_own(void **state)
{
    (void)state;
    struct parsed parsed = parse("pg --quiet psql -c --json --help");
    assert_true(parsed.ok);
    assert_int_equal(parsed.line.action, ACTION_RUN);
    assert_true(parsed.line.settings.quiet);
    assert_false(parsed.line.settings.json);
    assert_int_equal(parsed.line.settings.argument_count, 4);
    assert_string_equal(parsed.line.settings.arguments[1], "-c");
    assert_string_equal(parsed.line.settings.arguments[3], "--help");
    arena_free(&parsed.arena);
}

static void
options_are_never_abbreviated(void **state)
{
    (void)state;
    assert_refused("migrate --rep app.db", "\"migrate\" has no option --rep",
                   "outgrow help migrate lists its options");
}

static void
a_misspelt_word_gets_a_suggestion(void **state)
{
    (void)state;
    assert_refused("migrte app.db", "there is no command \"migrte\"",
                   "did you mean \"migrate\"?");
    assert_refused("migrate --bad-txt=strip app.db", "\"migrate\" has no option --bad-txt",
                   "did you mean --bad-text?");
    assert_refused("migrate --types evolv app.db",
                   "--types is one of faithful, evolve, not \"evolv\"",
                   "did you mean \"evolve\"?");
    assert_refused("frobnicate", "there is no command \"frobnicate\"",
                   "outgrow --help lists the commands");
}

static void
an_option_of_another_command_is_refused(void **state)
{
    (void)state;
    assert_refused("inspect --replace app.db", "\"inspect\" has no option --replace",
                   "outgrow help inspect lists its options");
}

static void
numbers_are_checked_against_their_range(void **state)
{
    (void)state;
    assert_refused("migrate --jobs 65 app.db", "--jobs is a number from 0 to 64, not \"65\"",
                   "");
    assert_refused("migrate -j x app.db", "-j is a number from 0 to 64, not \"x\"", "");
    assert_refused("migrate --jobs=4x app.db", "--jobs is a number from 0 to 64, not \"4x\"",
                   "");
    assert_refused("migrate --jobs= app.db", "--jobs is a number from 0 to 64, not \"\"", "");
    assert_refused("migrate --jobs 99999999999999999999 app.db",
                   "--jobs is a number from 0 to 64, not \"99999999999999999999\"", "");
}

static void
too_few_and_too_many_operands_are_refused(void **state)
{
    (void)state;
    assert_refused("schema", "\"schema\" needs an argument",
                   "usage: outgrow schema [OPTION...] up|status DIR [TARGET]");
    assert_refused("schema up b c d", "\"schema\" does not know what to do with \"d\"",
                   "usage: outgrow schema [OPTION...] up|status DIR [TARGET]");
}

static void
the_environment_sets_what_the_command_line_does_not(void **state)
{
    (void)state;
    setenv("OUTGROW_TYPES", "evolve", 1);
    setenv("OUTGROW_REPLACE", "yes", 1);
    setenv("OUTGROW_BACKUP_DIRECTORY", "/elsewhere", 1);
    setenv("OUTGROW_SCHEMA", "", 1);
    struct parsed parsed = parse("migrate --no-replace app.db");
    assert_true(parsed.ok);
    assert_int_equal(parsed.line.settings.types, TYPES_EVOLVE);
    assert_false(parsed.line.settings.replace);
    assert_string_equal(parsed.line.settings.backup_directory, "/elsewhere");
    assert_string_equal(parsed.line.settings.schema, "public");
    arena_free(&parsed.arena);
    setenv("OUTGROW_TYPES", "lax", 1);
    assert_refused("migrate app.db", "OUTGROW_TYPES is one of faithful, evolve, not \"lax\"",
                   "");
    parsed = parse("status"); /* takes no --types, so the variable does not matter */
    assert_true(parsed.ok);
    arena_free(&parsed.arena);
    unsetenv("OUTGROW_TYPES");
    unsetenv("OUTGROW_REPLACE");
    unsetenv("OUTGROW_BACKUP_DIRECTORY");
    unsetenv("OUTGROW_SCHEMA");
}

static void
words_may_be_given_again_and_stay_in_order(void **state)
{
    (void)state;
    struct parsed parsed = parse(
        "cutover app.db --set A=1 --set=B=2,C=3 --budget 1s --budget 2s");
    assert_true(parsed.ok);
    assert_int_equal(parsed.line.settings.set.count, 2);
    assert_string_equal(parsed.line.settings.set.items[0], "A=1");
    assert_string_equal(parsed.line.settings.set.items[1], "B=2,C=3");
    assert_string_equal(parsed.line.settings.budget, "2s");
    arena_free(&parsed.arena);
    assert_refused("cutover app.db --set=", "--set must not be empty", "");
}

static void
help_can_be_asked_for_in_every_usual_way(void **state)
{
    (void)state;
    static const char *const forms[] = {"verify --help", "verify -h", "help verify",
                                        "verify a b c --help"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct parsed parsed = parse(forms[i]);
        assert_true(parsed.ok);
        assert_int_equal(parsed.line.action, ACTION_HELP);
        assert_string_equal(parsed.line.command->name, "verify");
        arena_free(&parsed.arena);
    }
    struct parsed overview = parse("--help");
    assert_true(overview.ok);
    assert_int_equal(overview.line.action, ACTION_HELP);
    assert_null(overview.line.command);
    arena_free(&overview.arena);
}

static void
every_option_named_by_a_command_exists(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        for (const char *word = command_table[i].options; *word != '\0';) {
            size_t length = strcspn(word, " ");
            assert_non_null(find_option(word, length));
            word += length + strspn(word + length, " ");
        }
    }
}

static void
no_two_options_share_a_name_or_a_letter(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        for (size_t j = i + 1; j < option_count; j++) {
            assert_string_not_equal(option_table[i].name, option_table[j].name);
            assert_true(option_table[i].letter == 0 ||
                        option_table[i].letter != option_table[j].letter);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(options_and_operands_may_be_mixed),
        cmocka_unit_test(a_short_option_takes_the_next_word),
        cmocka_unit_test(an_option_is_not_taken_for_the_value_of_another),
        cmocka_unit_test(no_turns_a_flag_off_and_the_last_word_counts),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(what_stands_behind_psql_is_psqls_own),
        cmocka_unit_test(options_are_never_abbreviated),
        cmocka_unit_test(a_misspelt_word_gets_a_suggestion),
        cmocka_unit_test(an_option_of_another_command_is_refused),
        cmocka_unit_test(numbers_are_checked_against_their_range),
        cmocka_unit_test(too_few_and_too_many_operands_are_refused),
        cmocka_unit_test(the_environment_sets_what_the_command_line_does_not),
        cmocka_unit_test(words_may_be_given_again_and_stay_in_order),
        cmocka_unit_test(help_can_be_asked_for_in_every_usual_way),
        cmocka_unit_test(every_option_named_by_a_command_exists),
        cmocka_unit_test(no_two_options_share_a_name_or_a_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
