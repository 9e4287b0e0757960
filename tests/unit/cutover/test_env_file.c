/* test_env_file.c — cutover/env_file.c, env_text.c, env_settings.c. */
#include "cutover/env_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOBODY = 65534 };

static struct env_settings
parse(struct arena *arena, const char *list)
{
    struct env_settings settings = {0};
    struct error err;
    if (!env_settings_parse(arena, list, &settings, &err)) {
        fail_msg("%s", err.message);
    }
    return settings;
}

struct rewriting_case {
    const char *list;
    const char *before;
    const char *after;
};

static const struct rewriting_case cases[] = {
    /* comments, order and blank lines stay */
    {"A=2", "# first\n\nA=1 # one\nB=x\n", "# first\n\nA=2 # one\nB=x\n"},
    {"A=2", "#A=1\nA=1", "#A=1\nA=2"},
    {"A=2", "  export A = 1\n", "  export A = 2\n"},
    {"A=2", "export\tA=1\n", "export\tA=2\n"},
    /* the way it is quoted stays */
    {"A=2", "A=\"1\"\nB='A=1'\n", "A=\"2\"\nB='A=1'\n"},
    {"A=2", "A='1' # c\n", "A='2' # c\n"},
    {"A=x y", "A=1\n", "A='x y'\n"},
    {"A=it's", "A='1'\n", "A=\"it's\"\n"},
    {"A=it's $5", "A='1'\n", "A=\"it's \\$5\"\n"},
    {"A=a$b", "A=\"1\"\n", "A='a$b'\n"},
    {"A=", "A=1\n", "A=\n"},
    {"A=1", "A=\nB=2\n", "A=1\nB=2\n"},
    {"A=1", "A=", "A=1"},
    /* a # without a blank before it is part of a value */
    {"A=p#q", "A=a#b\n", "A=p#q\n"},
    /* line ends stay; a value may go over lines */
    {"A=2,C=3", "A=1\r\nB=2\r\n", "A=2\r\nB=2\r\nC=3\r\n"},
    {"A=2", "A=\"one\nA=two\"\nB=1\n", "A=\"2\"\nB=1\n"},
    {"B=2", "A=\"one\nB=inside\"\nB=1\n", "A=\"one\nB=inside\"\nB=2\n"},
    {"A=2", "A=\"never closed\nB=1\n", "A=2\nB=1\n"},
    /* every definition, and only that name */
    {"A=2", "A=1\nAA=1\nXA=1\nA=3\n", "A=2\nAA=1\nXA=1\nA=2\n"},
    /* what is not there comes to the end */
    {"B=1,C=x y", "A=1", "A=1\nB=1\nC='x y'\n"},
    {"B=1", "", "B=1\n"},
    {"A=a\\,b,B=1", "A=0\n", "A=a,b\nB=1\n"},
    {"A=1,A=2", "A=0\n", "A=2\n"},
    {"A.B=1", "A.B=0\n", "A.B=1\n"},
    {"URL=postgresql://u@h/d?a=b&c=d", "URL=sqlite:///x.db\n",
     "URL=postgresql://u@h/d?a=b&c=d\n"},
};

static void
values_change_and_nothing_else_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_ARENA memory = {0};
        AUTO_TEXT out = {0};
        struct error err;
        struct env_settings settings = parse(&memory, cases[i].list);
        assert_true(
            env_text_rewrite(cases[i].before, strlen(cases[i].before), &settings, &out, &err));
        assert_string_equal(text_string(&out), cases[i].after);
    }
}

static void
rewriting_twice_changes_nothing_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_ARENA memory = {0};
        AUTO_TEXT out = {0};
        struct error err;
        struct env_settings settings = parse(&memory, cases[i].list);
        assert_true(
            env_text_rewrite(cases[i].after, strlen(cases[i].after), &settings, &out, &err));
        assert_string_equal(text_string(&out), cases[i].after);
    }
}

static void
a_value_with_a_line_end_is_refused_without_showing_it(void **state)
{
    (void)state;
    AUTO_TEXT out = {0};
    struct error err;
    struct env_setting item = {"A", "secret\nB=1"};
    struct env_settings settings = {&item, 1};
    assert_false(env_text_rewrite("", 0, &settings, &out, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_null(strstr(err.message, "secret"));
}

static void
values_come_from_the_environment_and_from_files(void **state)
{
    (void)state;
    AUTO_ARENA memory = {0};
    char path[] = "/tmp/outgrow-env-value.XXXXXX";
    int file = mkstemp(path);
    assert_int_equal(write(file, "from file\r\nmore", 15), 15);
    close(file);
    setenv("OUTGROW_TEST_VALUE", "from, environment", 1);
    struct env_settings settings = parse(
        &memory, arena_printf(&memory, "A=$OUTGROW_TEST_VALUE,B=@%s,C=plain", path));
    unlink(path);
    assert_int_equal(settings.count, 3);
    assert_string_equal(settings.items[0].value, "from, environment");
    assert_string_equal(settings.items[1].value, "from file");
    assert_string_equal(settings.items[2].value, "plain");
}

static void
a_list_that_cannot_be_read_is_refused_without_its_values(void **state)
{
    (void)state;
    static const char *const bad[] = {"hidden",     "=hidden",           "1A=hidden",
                                      "A B=hidden", "A=$NOT_SET_HERE_X", "A=@/nowhere/at/all"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        AUTO_ARENA memory = {0};
        struct env_settings settings = {0};
        struct error err;
        assert_false(env_settings_parse(&memory, bad[i], &settings, &err));
        assert_null(strstr(err.message, "hidden"));
    }
}

/* A directory with one file in it. */
struct place {
    char directory[64];
    char path[128];
};

static void
place_make(struct place *place, const char *content)
{
    snprintf(place->directory, sizeof place->directory, "/tmp/outgrow-env.XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/.env", place->directory);
    int file = open(place->path, O_WRONLY | O_CREAT, 0640);
    assert_int_equal(write(file, content, strlen(content)), (ssize_t)strlen(content));
    assert_int_equal(fchmod(file, 0640), 0);
    close(file);
}

static size_t
place_remove(struct place *place)
{
    DIR *directory = opendir(place->directory);
    size_t count = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", place->directory, entry->d_name);
        count += unlink(path) == 0;
    }
    closedir(directory);
    rmdir(place->directory);
    return count;
}

static void
read_file(const char *path, char *content, size_t size)
{
    int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    ssize_t length = read(file, content, size - 1);
    content[length] = '\0';
    close(file);
}

static void
the_file_is_replaced_with_its_mode_and_a_copy_of_what_it_was(void **state)
{
    (void)state;
    AUTO_ARENA memory = {0};
    struct place place;
    struct error err;
    struct stat status;
    const char *backup = NULL;
    char content[128];
    place_make(&place, "A=1\n# c\n");
    struct env_settings settings = parse(&memory, "A=2");
    assert_true(env_file_rewrite(place.path, &settings, &memory, &backup, &err));
    assert_non_null(backup);
    read_file(place.path, content, sizeof content);
    assert_string_equal(content, "A=2\n# c\n");
    read_file(backup, content, sizeof content);
    assert_string_equal(content, "A=1\n# c\n");
    assert_int_equal(stat(place.path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(stat(backup, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(place_remove(&place), 2);
}

static void
a_file_that_says_so_already_is_left_alone(void **state)
{
    (void)state;
    AUTO_ARENA memory = {0};
    struct place place;
    struct error err;
    const char *backup = "";
    place_make(&place, "A=2\n");
    struct env_settings settings = parse(&memory, "A=2");
    assert_true(env_file_rewrite(place.path, &settings, &memory, &backup, &err));
    assert_null(backup);
    assert_int_equal(place_remove(&place), 1);
}

static void
a_symbolic_link_stays_one(void **state)
{
    (void)state;
    AUTO_ARENA memory = {0};
    struct place place;
    struct error err;
    struct stat status;
    const char *backup = NULL;
    place_make(&place, "A=1\n");
    const char *link = arena_printf(&memory, "%s/link", place.directory);
    assert_int_equal(symlink(".env", link), 0);
    struct env_settings settings = parse(&memory, "A=2");
    assert_true(env_file_rewrite(link, &settings, &memory, &backup, &err));
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    char content[16];
    read_file(place.path, content, sizeof content);
    assert_string_equal(content, "A=2\n");
    place_remove(&place);
}

static void
what_is_no_file_is_refused_before_anything_is_done(void **state)
{
    (void)state;
    AUTO_ARENA memory = {0};
    struct error err;
    struct env_settings settings = parse(&memory, "A=2");
    assert_false(env_file_check("/tmp/outgrow-not-there/.env", &settings, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_false(env_file_check("/tmp", &settings, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
}

/* Of a child, which may give up what it is. */
static int
checked_as_nobody(const char *path, const struct env_settings *settings)
{
    struct error err = {0};
    pid_t child = fork();
    if (child == 0) {
        bool less = setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0;
        _exit(!less ? 77 : env_file_check(path, settings, &err) ? 0 : (int)err.kind);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void
a_group_that_could_not_be_kept_is_found_by_the_check(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    AUTO_ARENA memory = {0};
    struct place place;
    struct env_settings settings = parse(&memory, "A=2");
    place_make(&place, "A=1\n");
    assert_int_equal(chown(place.directory, NOBODY, NOBODY), 0);
    assert_int_equal(chown(place.path, NOBODY, 0), 0);
    assert_int_equal(checked_as_nobody(place.path, &settings), ERROR_SYSTEM);
    assert_int_equal(chown(place.path, NOBODY, NOBODY), 0);
    assert_int_equal(checked_as_nobody(place.path, &settings), 0);
    char content[16];
    read_file(place.path, content, sizeof content);
    assert_string_equal(content, "A=1\n");
    assert_int_equal(place_remove(&place), 1); /* the check has left nothing there */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_change_and_nothing_else_does),
        cmocka_unit_test(rewriting_twice_changes_nothing_more),
        cmocka_unit_test(a_value_with_a_line_end_is_refused_without_showing_it),
        cmocka_unit_test(values_come_from_the_environment_and_from_files),
        cmocka_unit_test(a_list_that_cannot_be_read_is_refused_without_its_values),
        cmocka_unit_test(the_file_is_replaced_with_its_mode_and_a_copy_of_what_it_was),
        cmocka_unit_test(a_file_that_says_so_already_is_left_alone),
        cmocka_unit_test(a_symbolic_link_stays_one),
        cmocka_unit_test(what_is_no_file_is_refused_before_anything_is_done),
        cmocka_unit_test(a_group_that_could_not_be_kept_is_found_by_the_check),
    };
    return cmocka_run_group_tests_name("cutover/env_file", tests, NULL, NULL);
}
