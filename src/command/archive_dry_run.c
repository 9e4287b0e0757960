/* archive_dry_run.c — see archive_dry_run.h. */
#include "command/archive_dry_run.h"

#include "command/archive_paths.h"
#include "operate/links.h"
#include "page/human.h"
#include "page/page.h"
#include "page/result.h"
#include "report/report_parts.h"

#include <unistd.h>

enum { LABEL_WIDTH = 14 };

/* What would come out of it. */
struct foreseen {
    struct source_state state;
    struct paths links;
    struct paths expires;
    const char *refusal; /* the source would stay; NULL: it would go, or is not to */
};

/* As if the archive had just been made of the source as it is. */
static bool
check_removal(const struct archive_dry_run *planned, const struct foreseen *foreseen,
              struct arena *arena, struct error *err)
{
    struct archive_file file = {.original_path = planned->retention.source_path};
    const struct archive_made made = {.state = foreseen->state,
                                      .manifest = {.files = &file, .file_count = 1}};
    struct removal removal = planned->removal;
    removal.archive = &made;
    return removal_check(&removal, arena, err);
}

static bool
foresee(const struct archive_dry_run *planned, const struct settings *settings,
        struct arena *arena, struct foreseen *foreseen, struct error *err)
{
    bool expires = planned->expires && access(planned->retention.directory, F_OK) == 0;
    return source_state_read(planned->retention.source_path, &foreseen->state, err) &&
           links_find(settings->arguments[0], planned->retention.source_path,
                      settings->links_under, arena, &foreseen->links, err) &&
           (!expires ||
            archive_expired(&planned->retention, false, arena, &foreseen->expires, err));
}

static void
print_json(const struct archive_dry_run *planned, const struct foreseen *foreseen,
           const struct output *output)
{
    AUTO_JSON *object = json_object();
    bool goes = planned->removes && foreseen->refusal == NULL;
    json_object_set_new(object, "dry_run", json_true());
    json_object_set_new(object, "source", report_words(planned->retention.source_path));
    json_object_set_new(object, "source_bytes", json_integer(foreseen->state.size_bytes));
    json_object_set_new(object, "directory", report_words(planned->retention.directory));
    json_object_set_new(object, "links", archive_paths_json(&foreseen->links));
    json_object_set_new(object, "would_expire", archive_paths_json(&foreseen->expires));
    json_object_set_new(object, "would_remove_source", json_boolean(goes));
    json_object_set_new(object, "not_removed", report_words(foreseen->refusal));
    result_print_json(output, object);
}

static void
print_text(const struct archive_dry_run *planned, const struct foreseen *foreseen,
           const struct output *output)
{
    AUTO_PAGE page = page_for(output);
    AUTO_TEXT size = {0};
    human_bytes(&size, (uint64_t)foreseen->state.size_bytes);
    page_pair(&page, "would archive", LABEL_WIDTH, "%s, %s", planned->retention.source_path,
              text_string(&size));
    page_pair(&page, "into", LABEL_WIDTH, "%s", planned->retention.directory);
    archive_add_paths(&page, "links", LABEL_WIDTH, &foreseen->links);
    archive_add_paths(&page, "would expire", LABEL_WIDTH, &foreseen->expires);
    if (planned->removes && foreseen->refusal == NULL) {
        page_pair(&page, "would remove", LABEL_WIDTH, "%s", planned->retention.source_path);
        archive_add_paths(&page, "", LABEL_WIDTH, &foreseen->links);
    }
    page_print(&page, output);
}

bool
archive_dry_run_show(const struct archive_dry_run *planned, const struct settings *settings,
                     const struct output *output, struct arena *arena, struct error *err)
{
    struct foreseen foreseen = {0};
    if (!foresee(planned, settings, arena, &foreseen, err)) {
        return false;
    }
    bool removable = !planned->removes || check_removal(planned, &foreseen, arena, err);
    foreseen.refusal = removable ? NULL : err->message;
    if (settings->json) {
        print_json(planned, &foreseen, output);
    } else {
        print_text(planned, &foreseen, output);
    }
    return removable;
}
