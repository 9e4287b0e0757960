/* plan_use.h — a plan file in use: its defaults go before the options. */
#ifndef SETTINGS_PLAN_USE_H
#define SETTINGS_PLAN_USE_H

#include "postgres/target.h"
#include "settings/settings.h"

/* Reads settings->plan, where there is one, and settles `settings` by it: plan_file, plan_digest
 * and the options that the file decides; its sources and its target stand in for operands in
 * survey/sources.h. All lives as long as `arena`. ERROR_USAGE for the file. */
MUST_USE bool plan_use_file(struct arena *arena, struct settings *settings, struct error *err);

/* The same with a text; `path` is shown in errors. */
MUST_USE bool plan_use_text(struct arena *arena, const char *path, const char *text,
                            struct settings *settings, struct error *err);

/* The same with the text that was kept with a run. */
MUST_USE bool plan_use_kept(struct arena *arena, const char *text, struct settings *settings,
                            struct error *err);

/* Says on the error output which keys of the plan file are read and not acted on. */
void plan_note_asides(const struct settings *settings, const struct output *output);

/* Settles what the file says of its source number `index`: plan_source and the schema. */
void plan_use_source(struct arena *arena, size_t index, struct settings *settings);

/* Whether the server has the collations that the plan file names. True where there is no
 * such file, or where tables keep what they have. conn: idle. ERROR_USAGE with the place of the
 * first that it has not; ERROR_TARGET. */
MUST_USE bool plan_check_collations(PGconn *conn, struct arena *arena,
                                    const struct settings *settings, struct error *err);

/* Runs the SQL files under `before`, those that have not run yet. conn: idle. */
MUST_USE bool plan_run_before(PGconn *conn, struct arena *arena,
                              const struct settings *settings, const struct output *output,
                              struct error *err);

#endif
