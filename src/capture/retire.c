/* retire.c — capture ends and the fence stays; see capture.h. */
#include "capture/internal.h"

static bool
remove_triggers(struct source *writer, struct error *err)
{
    AUTO_SCHEMA_EDIT edit = {0};
    return schema_edit_begin(&edit, writer, err) &&
           schema_edit_remove(&edit, CAPTURE_TRIGGER_GLOB, err) && schema_edit_end(&edit, err);
}

bool
capture_retire(struct source *writer, struct error *err)
{
    struct writing writing;
    return writing_begin(&writing, writer, err) &&
           writing_end(
               &writing,
               remove_triggers(writer, err) &&
                   meta_set(writer, CAPTURE_META_TRIGGERS, "0", err) &&
                   writer_run(writer, "empty the log", "DELETE FROM main._outgrow_log", err),
               err);
}
