/* fuzz_plan_file.c — any text as a plan file: read, or refused with a place; what is kept of a
 * file that was read can be read again, and says the same. */
#include "fuzz.h"
#include "planfile/plan_file.h"

#include <stdlib.h>
#include <string.h>

static void
check_kept(struct arena *arena, const struct plan_file *file)
{
    struct plan_file again;
    struct error err = {0};
    if (!plan_file_read_text(arena, "kept", file->text, strlen(file->text), &again, &err) ||
        again.table_count != file->table_count || again.source_count != file->source_count ||
        memcmp(again.namespace, file->namespace, sizeof again.namespace) != 0) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA arena = {0};
    struct plan_file file;
    struct error err = {0};
    if (memchr(data, '\0', size) != NULL) {
        return 0; /* refused before it comes so far */
    }
    if (plan_file_read_text(&arena, "p", (const char *)data, size, &file, &err)) {
        check_kept(&arena, &file);
    } else if (err.kind != ERROR_USAGE || strncmp(err.message, "p", 1) != 0) {
        abort();
    }
    return 0;
}
