/* replay.c — feeds every file of a corpus directory to a fuzz target, so that
 * an ordinary test run needs no clang. An empty or missing corpus fails. */
#include "fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1024 * 1024 };

static void
replay_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1); /* a sanitizer sees reads past its end */
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static bool
replay_file(const char *directory, const char *name)
{
    static uint8_t bytes[FILE_BYTES_MAX];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    printf("%s\n", name);
    fflush(stdout); /* names the culprit, should the target abort */
    replay_bytes(bytes, size);
    return true;
}

int
main(int argc, char **argv)
{
    DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
    if (directory == NULL) {
        fputs("usage: replay CORPUS_DIRECTORY\n", stderr);
        return 2;
    }
    size_t files = 0;
    bool ok = true;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.') {
            ok = replay_file(argv[1], entry->d_name) && ok;
            files++;
        }
    }
    closedir(directory);
    printf("%zu files\n", files);
    return ok && files > 0 ? 0 : 1;
}
