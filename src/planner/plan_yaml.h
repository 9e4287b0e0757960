/* plan_yaml.h — the plan as the YAML file that people read and edit (version 1). */
#ifndef PLANNER_PLAN_YAML_H
#define PLANNER_PLAN_YAML_H

#include "base/text.h"
#include "plan/plan.h"

/* One of the sources that a plan file speaks of. */
struct plan_yaml_source {
    const struct plan *plan;
    const struct inspection *inspection;
    const char *name; /* no dot in it */
    const char *path; /* as given */
};

/* Writes version, sources, defaults and, per table, every column with its type;
 * the reason and the deciding sample follow as a comment; what does not come
 * over stands at the end as comments with its reason, and behind it what planfile/plan_text.h tells
 * outgrow's lines from a person's by. What a plan file added to the plan (queries, columns)
 * is not written. No secrets.
 * schema: of the defaults; may hold "{source}". */
void plan_write_yaml(struct text *yaml, const struct plan_yaml_source *sources, size_t count,
                     const struct plan_options *options, const char *schema);

#endif
