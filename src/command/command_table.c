/* command_table.c — every command there is, once. */
#include "command/command.h"
#include "command/commands.h"

#include <stdint.h>

static const char *const inspect_examples[] = {
    "outgrow inspect app.db\tevery table, column and type, and what would trouble a move",
    "outgrow inspect --types evolve --json app.db\tthe same as JSON, with richer types",
    NULL,
};
static const char *const plan_examples[] = {
    "outgrow plan app.db\tprint the plan as YAML, with the reason for every choice",
    "outgrow plan app.db -o plan.yaml\twrite it to a file",
    "outgrow plan --update plan.yaml\ttake in what the source has become; your lines stay",
    "outgrow plan --check plan.yaml\tis an edited plan in order, and does it fit its source?",
    NULL,
};
static const char *const migrate_examples[] = {
    "outgrow migrate app.db\tinto the private PostgreSQL, which is started when needed",
    "outgrow migrate app.db postgresql://user@host/app\tinto a database of yours",
    "outgrow migrate --plan plan.yaml\tas the plan file says: names, types, keys, columns",
    "outgrow migrate --into-existing app.db postgresql://user@host/app\tinto the tables that "
    "the application's own migrations have made",
    "outgrow migrate data/ postgresql://user@host/app\tevery SQLite file of a directory, each "
    "into a schema of its name",
    "outgrow migrate --retry-set-aside app.db\ttry the rows again that were set aside, after "
    "mending the table or the plan",
    "outgrow migrate --dry-run app.db\tshow the statements and what would not come over",
    "outgrow migrate --bad-text strip --json app.db\tclean bad text; report as JSON",
    NULL,
};
static const char *const verify_examples[] = {
    "outgrow verify app.db\tcompare every cell of the file as it is now",
    "outgrow verify --snapshot app.db\tcompare with the backup the migration was made from",
    "outgrow verify --repair app.db\tcopy the rows that differ again, and prove it",
    "outgrow verify --sample 5% --tables users,orders app.db\ta quick look in between",
    NULL,
};
static const char *const sync_examples[] = {
    "outgrow sync app.db postgresql://user@host/app\tcopy, then keep in step until Ctrl-C",
    "outgrow sync --plan plan.yaml\tas the plan file says",
    "outgrow sync --until-lag 1s app.db\tend when the target is hardly behind",
    "outgrow sync --pause app.db\tlet the process that does it hold; --resume lets it go on",
    "outgrow sync --uninstall app.db\tend it: nothing of outgrow is left in the file",
    NULL,
};
static const char *const status_examples[] = {
    "outgrow status\tevery migration into the target and what to do next",
    "outgrow status app.db\twhat became of app.db",
    "outgrow status --set-aside --json\tthe rows set aside, losslessly",
    "outgrow status --watch --json\tlive sources, one line of JSON a second",
    NULL,
};
static const char *const report_examples[] = {
    "outgrow report -o report.html\tthe latest migration, as a page for a browser",
    "outgrow report app.db postgresql://user@host/app\tthat of app.db, as text",
    "outgrow report --json -o report.json\tthe same for a program",
    NULL,
};
static const char *const doctor_examples[] = {
    "outgrow doctor app.db\tis the source sound, and the target ready for it?",
    "outgrow doctor postgresql://user@host/app\tthe target alone",
    "outgrow doctor --json app.db\tthe same for a program, with the SQL that helps",
    NULL,
};
static const char *const shadow_examples[] = {
    "outgrow shadow queries.sql\tas of the target's latest migration",
    "outgrow shadow reads/*.sql app.db \"$DATABASE_URL\"\tseveral lists, both sides named",
    NULL,
};
static const char *const bench_examples[] = {
    "outgrow bench queries.sql app.db\tyour queries on both sides, then 1, 5 and 20 writers",
    "outgrow bench --writers 50\tonly writers",
    NULL,
};
static const char *const archive_examples[] = {
    "outgrow archive app.db --keep 30d\ta new archive; those older than 30 days go",
    "outgrow archive app.db --remove-source-after 7d\talso remove app.db, a week after its "
    "proof",
    "outgrow archive --restore app-20260131-235959.tar.zst restored/\tget it back",
    NULL,
};
static const char *const schema_examples[] = {
    "outgrow schema up migrations/\trun what has not run yet",
    "outgrow schema up --dry-run migrations/ postgresql://user@host/app\tshow what would run",
    "outgrow schema status migrations/\twhat ran, when, and what is still to be run",
    NULL,
};
static const char *const mcp_examples[] = {
    "outgrow mcp --print-config\tthe JSON for your client's settings",
    "outgrow mcp postgresql://mcp_read@host/app\tserve a database to the client starting this",
    "outgrow mcp --http 127.0.0.1:8765\tserve over HTTP at http://127.0.0.1:8765/mcp",
    "outgrow mcp --backend sqlite app.db\tthe same tools, before the move",
    "outgrow mcp --print-roles | psql app\tmake the three roles",
    NULL,
};
static const char *const cutover_examples[] = {
    "outgrow cutover --dry-run app.db\teverything but the fence; prints how long the pause was",
    "outgrow cutover app.db --app-url $URL --env-file .env\tswitch, and tell the application",
    "outgrow cutover app.db --on-switched 'systemctl restart app'\tswitch, and restart it",
    "outgrow cutover --abort app.db\tback to SQLite, when it was ended half-way",
    NULL,
};
static const char *const return_examples[] = {
    "outgrow return --dry-run app.db\teverything but the fence",
    "outgrow return app.db --env-file .env --set DATABASE_URL=sqlite:///app.db\tback to SQLite "
    "with all that was written to PostgreSQL",
    NULL,
};
static const char *const finish_examples[] = {
    "outgrow finish app.db\tarchive the file, and take everything of the move out of both "
    "sides",
    NULL,
};
static const char *const pg_examples[] = {
    "outgrow pg psql\tlook at the migrated tables",
    "outgrow pg url\tits connection string, for an application",
    "outgrow pg stop\tstop it; the data stays",
    NULL,
};

const struct command command_table[] = {
    {.name = "inspect",
     .summary = "what is in a SQLite file, and what would trouble a move",
     .synopsis = "SOURCE...",
     .description = "Looks at every value of every table in a private copy of SOURCE and "
                    "shows, for each column, the PostgreSQL type that holds every value "
                    "exactly, the reason, and the value that decided it where one did. Lists "
                    "what would not come over. No PostgreSQL is needed.",
     .examples = inspect_examples,
     .arguments_min = 1,
     .arguments_max = SIZE_MAX,
     .options = "types names bad-text schema full-check backup-directory jobs json quiet",
     .run = command_inspect},
    {.name = "plan",
     .summary = "a proposed plan as YAML, with the reason for every choice",
     .synopsis = "SOURCE...",
     .description =
         "Inspects SOURCE and prints the plan that migrate would follow: every table, column, "
         "name and type, each with its reason. No PostgreSQL is needed.\n\n"
         "--update brings a plan file up to date with what its source has become: your lines "
         "stay, new tables and columns come in, and what is gone is named.",
     .examples = plan_examples,
     .arguments_min = 0,
     .arguments_max = SIZE_MAX,
     .options = "types names bad-text schema check update output replace dry-run "
                "backup-directory jobs json quiet",
     .run = command_plan},
    {.name = "migrate",
     .summary = "move a SQLite file into PostgreSQL, and prove it",
     .synopsis = "SOURCE... [TARGET]",
     .description =
         "Makes a backup of SOURCE (kept; SOURCE itself is never written to), checks it, looks "
         "at every value, creates the tables, copies the rows, builds keys, indexes and "
         "constraints, compares every cell, and reports.\n\n"
         "Killed or interrupted at any moment, the same command goes on where it was. Rows "
         "that cannot be stored are kept in outgrow.set_aside with the reason; nothing is "
         "dropped or changed silently. Tables of the same names are not touched without "
         "--replace, but for --into-existing, which loads into them as they are.\n\n"
         "SOURCE is a file, a directory or a pattern. Of several sources each goes into a "
         "schema of its own name. The last operand is TARGET when it holds \"://\" or \"=\".",
     .examples = migrate_examples,
     .arguments_min = 0,
     .arguments_max = SIZE_MAX,
     .options = "plan types names bad-text schema replace into-existing on-conflict "
                "skip-missing-columns skip-missing-tables with-bookkeeping damaged-ok "
                "full-check dry-run dump-target retry-set-aside report profile "
                "backup-directory max-rate jobs json quiet",
     .resumes = true,
     .run = command_migrate},
    {.name = "verify",
     .summary = "compare every cell of source and target, at any time",
     .synopsis = "SOURCE... [TARGET]",
     .description =
         "Compares SOURCE as it is now with the target, cell by cell, through code that shares "
         "nothing with the copy. Follows the settings and the set-aside rows of the latest "
         "migration of SOURCE; where there was none, the options given here.\n\n"
         "Interrupted, the same command goes on: large tables that were found the same are not "
         "compared again unless something has written to them, which their row versions tell. "
         "With --repair, each table that differs is locked against writers while its rows are "
         "copied again; do not use it once an application writes to the target. With --tables "
         "or --sample the result says that it is not the whole.\n\n"
         "A source that outgrow sync keeps in step is compared as both sides were at one "
         "moment, while writers and rounds go on; --repair puts the rows into the source's "
         "log, and a round brings them.",
     .examples = verify_examples,
     .arguments_min = 0,
     .arguments_max = SIZE_MAX,
     .options = "plan snapshot repair tables sample restart into-existing skip-missing-columns "
                "skip-missing-tables with-bookkeeping types names bad-text schema "
                "backup-directory max-rate jobs json quiet",
     .resumes = true,
     .run = command_verify},
    {.name = "sync",
     .summary = "keep a source that stays in use and its target in step",
     .synopsis = "SOURCE... [TARGET]",
     .description =
         "For a move without a standstill. Installs triggers in SOURCE that note the keys of "
         "rows that change, moves all rows as migrate does, from a private copy, and then "
         "brings over what has changed, again and again, some ten times a second if need be. "
         "Each round is one transaction: the target always is what the source was a moment "
         "ago. The application needs no change; the target refuses other writers meanwhile.\n\n"
         "Runs until Ctrl-C, SIGTERM or --stop from elsewhere; killed at any moment, the same "
         "command goes on. When all is well, outgrow cutover switches the application over; "
         "from then on the same process brings the target's changes back to SOURCE. A row that "
         "the target cannot hold is kept in outgrow.set_aside and comes back when it is "
         "mended.",
     .examples = sync_examples,
     .arguments_min = 0,
     .arguments_max = SIZE_MAX,
     .options = "plan once until-lag pause resume stop uninstall copy on-schema-change trim "
                "max-rate-rows max-log-rows types names bad-text schema replace into-existing "
                "skip-missing-columns skip-missing-tables with-bookkeeping damaged-ok "
                "full-check backup-directory max-rate jobs quiet",
     .resumes = true,
     .run = command_sync},
    {.name = "status",
     .summary = "every migration into a target, and what to do next",
     .synopsis = "[SOURCE...] [TARGET]",
     .description =
         "Lists the migrations recorded in the target, or those of SOURCE only (which may be "
         "gone, and is then known by the name it had): their state, rows, rows set aside, "
         "differences, where the backup is, and the next step. Of sources that are live: who "
         "may write, how far the target is behind, and why it waits.",
     .examples = status_examples,
     .arguments_min = 0,
     .arguments_max = SIZE_MAX,
     .options = "set-aside watch json quiet",
     .run = command_status},
    {.name = "report",
     .summary = "the report of a migration, as a page for people, text or JSON",
     .synopsis = "[SOURCE] [TARGET]",
     .description =
         "Shows the report that the latest migration of SOURCE (else of anything) into TARGET "
         "ended with: what was moved and proven, rows set aside, types and why, what does not "
         "come over, and where the time went. Adds a checklist for afterwards, looked at anew: "
         "audit chains, monitoring, backups, encryption, access. A box is ticked only by a "
         "check of its own; what cannot be seen from here is yours to do.\n\n"
         "With -o it is written into a file: one HTML page that needs no network and no "
         "script, or JSON with --json. An earlier report there is replaced; any other file "
         "never.",
     .examples = report_examples,
     .arguments_min = 0,
     .arguments_max = 2,
     .options = "output schema archive-directory json quiet",
     .run = command_report},
    {.name = "doctor",
     .summary = "what would keep a migration from going well, and what to do about it",
     .synopsis = "[SOURCE] [TARGET]",
     .description =
         "Looks at SOURCE (readable, sound, journal, in use), at the space here and there, and "
         "at TARGET (reachable, version, encoding, rights with the GRANT that is missing, "
         "extensions, encryption, connections, clock, a pooler in between). Changes nothing. "
         "Each finding is ok, or says what to do. The exit code is that of the first failure.",
     .examples = doctor_examples,
     .arguments_min = 0,
     .arguments_max = 2,
     .options = "schema replace backup-directory jobs json quiet",
     .run = command_doctor},
    {.name = "shadow",
     .summary = "the application's own SELECTs asked of both sides, and compared",
     .synopsis = "FILE.sql... [SOURCE] [TARGET]",
     .description =
         "Runs each statement of the lists on SQLite and on PostgreSQL, each side in one read "
         "transaction, and compares the answers: rows as a set, unless an outermost ORDER BY "
         "says their order; values by their meaning in the column's PostgreSQL type "
         "(docs/same.md), floating point and averages to 12 digits, JSON as JSON. Shows rows "
         "that only one side gives, and the time each took. Of a source that outgrow sync "
         "follows, both sides are asked as they were at one moment, while writes go on.\n\n"
         "A comment \"-- name: open orders\" in front of a statement names it; \"-- for: "
         "sqlite\" and \"-- for: postgres\" mark two texts of one name that ask the same. "
         "Nothing is written on either side.",
     .examples = shadow_examples,
     .arguments_min = 1,
     .arguments_max = SIZE_MAX,
     .options = "runs json quiet",
     .run = command_shadow},
    {.name = "bench",
     .summary = "how fast either side answers your queries and takes writes",
     .synopsis = "[FILE.sql...] [SOURCE] [TARGET]",
     .description = "Times each statement of the lists on both sides, taking turns, and shows "
                    "medians. Then lets several connections write at the same time, a small "
                    "transaction each: into a new SQLite file with the journal mode of SOURCE, "
                    "and into a table in the schema outgrow_bench of TARGET; both are removed "
                    "afterwards. SOURCE and your tables are only read.",
     .examples = bench_examples,
     .arguments_min = 0,
     .arguments_max = SIZE_MAX,
     .options = "runs writers json quiet",
     .run = command_bench},
    {.name = "archive",
     .summary = "a dated, compressed, tested copy of a SQLite file; and its restore",
     .synopsis = "SOURCE [TARGET] | --restore FILE DIR",
     .description =
         "Copies SOURCE as it is at one moment, packs it with a manifest (SHA-256, original "
         "path, symbolic links, the state of its migration) into NAME-YYYYMMDD-HHMMSS.tar.zst, "
         "restores that into a temporary directory, compares every digest and lets SQLite "
         "check the result. Any tar reads it.\n\n"
         "With --remove-source-after, SOURCE goes, but only when its latest migration into "
         "TARGET is proven and that for long enough, nothing has written to SOURCE since, no "
         "program has it open, and the archive holds exactly what it holds. Otherwise it "
         "stays, and the condition is named.",
     .examples = archive_examples,
     .arguments_min = 1,
     .arguments_max = 2,
     .options = "archive-directory keep remove-source-after accept-set-aside links-under "
                "restore damaged-ok dry-run json quiet",
     .run = command_archive},
    {.name = "schema",
     .summary = "run numbered SQL files once each, in order",
     .synopsis = "up|status DIR [TARGET]",
     .description =
         "Runs the SQL files of DIR that have not run in the target yet: 001_name.sql, "
         "V2__name.sql, 10-name.sql, by number. Each runs in a transaction of its own together "
         "with its record in outgrow.schema_files; one whose first line is \"-- outgrow: "
         "no-transaction\" runs statement by statement, for CREATE INDEX CONCURRENTLY and the "
         "like. Several processes may start it at once: one works, the others wait and find it "
         "done.\n\n"
         "Nothing runs when a file that ran was edited since, when one is missing (in a list "
         "that begins with 0 or 1), or when one comes before a file that ran already.",
     .examples = schema_examples,
     .arguments_min = 1,
     .arguments_max = 3,
     .options = "allow-out-of-order series dry-run json quiet",
     .resumes = true,
     .run = command_schema},
    {.name = "mcp",
     .summary = "the database for AI agents, behind a guard: an MCP server",
     .synopsis = "[TARGET]",
     .description =
         "Speaks the Model Context Protocol (2026-07-28 and the revisions from 2024-11-05 on) "
         "with the client that starts it, over standard input and output, or over HTTP with "
         "--http. Its tools query, change, describe and heal one database; every statement is "
         "parsed and checked, runs with a role of its own, and is limited in time, rows and "
         "bytes.\n\n"
         "Over HTTP, clients show a bearer token when there is one in OUTGROW_MCP_TOKEN or in "
         "--token-file. An address that other machines can reach is refused without a token "
         "and TLS. SIGINT and SIGTERM end it after the requests in flight.\n\n"
         "With --backend sqlite, the operand is a SQLite file and the tools are the same.",
     .examples = mcp_examples,
     .arguments_min = 0,
     .arguments_max = 1,
     .options =
         "http token-file tls-cert tls-key allow-hosts rate-limit backend heal read-only "
         "write-target ddl-target owner-role allow-superuser allow-destructive allow-functions "
         "max-rows max-affected timeout-ms connections print-config print-roles schema quiet",
     .run = command_mcp},
    {.name = "cutover",
     .summary = "make PostgreSQL primary, within milliseconds",
     .synopsis = "SOURCE [TARGET]",
     .description =
         "Of a source that outgrow sync keeps the same: looks whether everything is ready, the "
         "way back included; holds SQLite's write lock while the last changes arrive; fences "
         "SQLite, so that every connection's writes fail with words that say where to go; "
         "opens PostgreSQL; rewrites --env-file and runs the hooks. A pause over --budget is "
         "rolled back, and the application has only waited.\n\n"
         "Killed at any moment, the same command goes on, or --abort goes back; at no moment "
         "do both sides take writes (docs/states.md).",
     .examples = cutover_examples,
     .arguments_min = 1,
     .arguments_max = 2,
     .options = "dry-run abort budget attempts timeout max-lag catch-up verified-within "
                "rehearsed-within without-way-back app-url env-file set before-pause on-fenced "
                "on-switched on-abort json quiet",
     .resumes = true,
     .run = command_cutover},
    {.name = "return",
     .summary = "make SQLite primary again, with all that was written since",
     .synopsis = "SOURCE [TARGET]",
     .description =
         "Locks the target's tables against writers while their last changes arrive in SQLite, "
         "fences PostgreSQL, opens SQLite, rewrites --env-file and runs the hooks. Rows that "
         "nobody touched since the switch are in SQLite as they were, byte by byte. Behind it, "
         "outgrow sync brings changes forward again, so going back and forth has no end.",
     .examples = return_examples,
     .arguments_min = 1,
     .arguments_max = 2,
     .options = "dry-run abort budget attempts timeout max-lag catch-up env-file set "
                "before-pause on-abort on-returned json quiet",
     .resumes = true,
     .run = command_return},
    {.name = "finish",
     .summary = "end a live move: PostgreSQL stays primary, for good",
     .synopsis = "SOURCE [TARGET]",
     .description =
         "Brings SQLite up to date a last time, archives it (as outgrow archive does), removes "
         "the way back and the hidden columns from the target, and everything but the fence "
         "from SQLite: the file stays readable, and takes no writes.",
     .examples = finish_examples,
     .arguments_min = 1,
     .arguments_max = 2,
     .options = "archive-directory without-archive timeout max-lag catch-up env-file set "
                "on-finished json quiet",
     .resumes = true,
     .run = command_finish},
    {.name = "pg",
     .summary = "the private PostgreSQL: start, stop, status, url, psql",
     .synopsis = "start|stop|status|url|psql [ARGUMENT...]",
     .description = "Manages a PostgreSQL of your own, made from the installed binaries: a "
                    "cluster in outgrow's data directory, reached through a unix socket only. "
                    "It is used when no TARGET, DATABASE_URL or PG* variable names another. "
                    "Arguments behind \"psql\" are psql's.",
     .examples = pg_examples,
     .arguments_min = 1,
     .arguments_max = SIZE_MAX,
     .options = "json quiet",
     .verbatim_after = "psql",
     .run = command_pg},
};
const size_t command_count = sizeof command_table / sizeof command_table[0];
