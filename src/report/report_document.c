/* report_document.c — see report_document.h. */
#include "report/report_document.h"

#include "base/clock.h"
#include "base/path.h"
#include "report/checklist.h"

bool
report_document_complete(PGconn *conn, const struct settings *settings, struct arena *arena,
                         json_t *report, struct error *err)
{
    json_t *checklist = NULL;
    char now[CLOCK_STAMP_SIZE];
    struct checklist_job job = {
        .conn = conn,
        .report = report,
        .archive_directory = settings->archive_directory,
    };
    if (job.archive_directory == NULL) {
        job.archive_directory = arena_printf(arena, "%s/archives", path_data_home(arena));
    }
    if (!checklist_build(&job, &checklist, err)) {
        return false;
    }
    clock_stamp_iso(now);
    json_object_set_new(report, "made", json_string(now));
    json_object_set_new(report, "checklist", checklist);
    /* The first one stays: it is what a later look is compared with. */
    json_t *source = json_object_get(report, "source");
    if (job.snapshot_sha256[0] != '\0' && json_object_get(source, "snapshot_sha256") == NULL) {
        json_object_set_new(source, "snapshot_sha256", json_string(job.snapshot_sha256));
    }
    return true;
}
