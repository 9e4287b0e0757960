/* test_archive_hostile.c — operate/archive_restore.c against archives that mean harm. */
#include "nested.h"
#include "operate/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEX "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* of "abc" */
#define MANIFEST(name, size)                                                                   \
    "{\"format\": \"outgrow archive\", \"version\": 1, \"files\": [{\"name\": \"" name         \
    "\", \"size\": " size ", \"sha256\": \"" HEX "\", \"original_path\": \"/x/" name           \
    "\", \"links\": []}]}"

struct member {
    const char *name;
    const char *content;
    const char *link; /* NULL: a plain file */
    unsigned type;    /* 0: AE_IFREG, or AE_IFLNK when link is set */
};

/* Writes them with libarchive itself, so that any member can be made. */
static void
write_archive(const char *path, const struct member *members, size_t count)
{
    struct archive *archive = archive_write_new();
    archive_write_add_filter_zstd(archive);
    archive_write_set_format_pax_restricted(archive);
    assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, members[i].name);
        archive_entry_set_filetype(entry, members[i].type != 0      ? members[i].type
                                          : members[i].link != NULL ? AE_IFLNK
                                                                    : AE_IFREG);
        archive_entry_set_perm(entry, 0777);
        if (members[i].link != NULL) {
            archive_entry_set_symlink(entry, members[i].link);
        } else {
            archive_entry_set_size(entry, (la_int64_t)strlen(members[i].content));
        }
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        if (members[i].link == NULL) {
            archive_write_data(archive, members[i].content, strlen(members[i].content));
        }
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

/* Restores into scratch/in/out; nothing may appear there or above. */
static bool
restore(struct scratch *scratch, const struct member *members, size_t count, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct archive_manifest manifest;
    const char *path = arena_printf(&arena, "%s/hostile.tar.zst", scratch->directory);
    const char *out = arena_printf(&arena, "%s/in/out", scratch->directory);
    write_archive(path, members, count);
    *err = (struct error){0};
    bool restored = archive_restore(path, out, NULL, &arena, &manifest, err);
    unlink(path);
    return restored;
}

static void
refuse(struct scratch *scratch, const struct member *members, size_t count)
{
    AUTO_ARENA arena = {0};
    struct error err;
    assert_false(restore(scratch, members, count, &err));
    assert_int_equal(err.kind, ERROR_SOURCE);
    const char *command = arena_printf(&arena, "test -z \"$(find %s ! -type d)\"",
                                       scratch->directory);
    assert_int_equal(system(command), 0);
}
#define REFUSE(...)                                                                            \
    refuse(*state, (const struct member[]){__VA_ARGS__},                                       \
           sizeof((const struct member[]){__VA_ARGS__}) / sizeof(struct member))

static void
the_same_archive_without_malice_is_restored(void **state)
{
    struct error err;
    const struct member members[] = {{"manifest.json", MANIFEST("a.db", "3"), NULL, 0},
                                     {"a.db", "abc", NULL, 0}};
    if (!restore(*state, members, 2, &err)) {
        fail_msg("%s", err.message);
    }
}

static void
members_that_lead_out_of_the_directory_are_refused(void **state)
{
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0}, {"../a.db", "abc", NULL, 0});
    REFUSE({"manifest.json", MANIFEST("../a.db", "3"), NULL, 0}, {"../a.db", "abc", NULL, 0});
    REFUSE({"manifest.json", MANIFEST("/tmp/outgrow-evil", "3"), NULL, 0},
           {"/tmp/outgrow-evil", "abc", NULL, 0});
    assert_int_not_equal(access("/tmp/outgrow-evil", F_OK), 0);
}

static void
members_that_are_no_plain_files_are_refused(void **state)
{
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0}, {"a.db", "", "/etc/passwd", 0});
    REFUSE({"manifest.json", MANIFEST("a.db", "0"), NULL, 0}, {"a.db", "", NULL, AE_IFDIR});
    REFUSE({"manifest.json", MANIFEST("a.db", "0"), NULL, 0}, {"a.db", "", NULL, AE_IFIFO});
}

static void
members_that_the_manifest_does_not_promise_are_refused(void **state)
{
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0}, {"b.db", "abc", NULL, 0});
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0}, {"a.db", "abc", NULL, 0},
           {"b.db", "abc", NULL, 0});
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0}, {"a.db", "abc", NULL, 0},
           {"a.db", "abc", NULL, 0});
}

static void
members_that_differ_from_the_manifest_are_refused(void **state)
{
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0}, {"a.db", "abd", NULL, 0});
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0}, {"a.db", "abcd", NULL, 0});
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0}, {"a.db", "ab", NULL, 0});
    REFUSE({"manifest.json", MANIFEST("a.db", "4"), NULL, 0}, {"a.db", "abc", NULL, 0});
    REFUSE({"manifest.json", MANIFEST("a.db", "3"), NULL, 0});
}

static void
an_archive_of_somebody_else_is_refused(void **state)
{
    REFUSE({"a.db", "abc", NULL, 0}, {"manifest.json", MANIFEST("a.db", "3"), NULL, 0});
    REFUSE({"manifest.json", "{}", NULL, 0}, {"a.db", "abc", NULL, 0});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        NESTED_TEST(the_same_archive_without_malice_is_restored),
        NESTED_TEST(members_that_lead_out_of_the_directory_are_refused),
        NESTED_TEST(members_that_are_no_plain_files_are_refused),
        NESTED_TEST(members_that_the_manifest_does_not_promise_are_refused),
        NESTED_TEST(members_that_differ_from_the_manifest_are_refused),
        NESTED_TEST(an_archive_of_somebody_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
