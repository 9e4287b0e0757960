/* settings.h — what a command was asked for: one field per option, and what a plan file adds.
 *
 * cli/ fills it in by the table in option_table.c; all that a command calls reads it. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "agent/host.h"
#include "base/error.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "page/output.h"
#include "plan/plan.h"

#include <stdio.h>

#include <jansson.h>

/* sync: how the private copy for the initial load is made; what a changed schema does; when the
 * source's log is cut. */
enum copy_how { COPY_AUTO, COPY_SNAPSHOT, COPY_CHUNKS };
enum on_schema_change { SCHEMA_STOP, SCHEMA_FOLLOW };
enum trim_when { TRIM_RARELY, TRIM_NEVER };

enum { OPTION_WORDS_MAX = 64 };
struct option_words {
    const char *items[OPTION_WORDS_MAX]; /* in the order in which they were given */
    size_t count;
};

/* All that options can set, with one field per option; filled by cli/ in the
 * order default < environment (OUTGROW_*) < command line. Strings are borrowed
 * from argv, the environment or static storage. */
struct settings {
    const char **arguments; /* operands: SOURCE, TARGET, ... */
    size_t argument_count;
    enum types_mode types;
    enum names_mode names;
    enum bad_text bad_text;
    const char *schema;
    const char *backup_directory; /* NULL: <data home>/backups */
    const char *output_path;      /* -o; NULL: standard output */
    int64_t jobs;                 /* 0: as many as processors, at most 4 */
    bool replace;
    bool damaged_ok;
    bool dry_run;
    bool full_check;
    bool json;
    bool quiet;
    bool into_existing;             /* load into tables that are there */
    enum plan_conflict on_conflict; /* with the rows of existing tables; the plan goes before */
    bool skip_missing_columns;      /* that an existing table has not */
    bool skip_missing_tables;
    bool with_bookkeeping;           /* also what migration tools remember */
    bool retry_set_aside;            /* migrate: only the rows that were set aside */
    bool set_aside;                  /* status --set-aside */
    bool snapshot;                   /* verify --snapshot */
    bool repair;                     /* verify: make the target what the source is */
    bool restart;                    /* verify: also what an earlier one has proven */
    const char *tables;              /* verify: only these; NULL: all */
    const char *sample;              /* verify: "5%"; NULL: every row */
    const char *archive_directory;   /* NULL: <data home>/archives */
    const char *keep;                /* a duration; NULL: archives are kept */
    const char *remove_source_after; /* a duration; NULL: the source stays */
    const char *restore;             /* an archive; NULL: make one */
    const char *links_under;         /* where else links to the source are looked for */
    bool accept_set_aside;           /* a run with rows set aside is good enough */
    const char *dump_target;         /* migrate: a file for a dump of it; NULL: none */
    bool allow_out_of_order;         /* schema up */
    const char *series;              /* schema: which list of files */
    const char *report_path;         /* migrate: a page with its report; NULL: none */
    bool profile;                    /* migrate: show where the time went */
    const char *max_rate;            /* "20MB" a second; NULL: as fast as it goes */
    int64_t runs;                  /* shadow, bench: how often a query is timed; 0: as usual */
    const char *writers;           /* bench: "1,5,20"; NULL: these */
    const char *plan;              /* a plan file; NULL: none */
    const char *check;             /* plan: a plan file to be checked; NULL: none */
    const char *update;            /* plan: a plan file to be brought up to date; NULL: none */
    const char *http;              /* mcp: HOST:PORT; NULL: standard input and output */
    const char *token_file;        /* mcp: bearer tokens; NULL: the environment's, or none */
    const char *tls_cert;          /* mcp: PEM files; NULL: no TLS */
    const char *tls_key;           /* ... */
    const char *allow_hosts;       /* mcp: further names in Host and Origin, between commas */
    int64_t rate_limit;            /* mcp: requests a second of one client; 0: no limit */
    bool print_config;             /* mcp: the client's JSON */
    bool print_roles;              /* mcp: SQL that makes the roles */
    enum tool_backend mcp_backend; /* mcp */
    enum heal_mode heal;           /* mcp */
    bool read_only;                /* mcp: only tools that read */
    const char *write_target;      /* mcp: connection of the role that writes; NULL: TARGET */
    const char *ddl_target;        /* mcp: ... that alters; NULL: the one that writes */
    const char *owner_role;        /* mcp: ... which becomes this one; NULL: stays */
    bool allow_superuser;          /* mcp */
    bool allow_destructive;        /* mcp: columns and constraints may be dropped */
    const char *allow_functions;   /* mcp: names between commas; NULL: none more */
    int64_t max_rows;              /* mcp: of one answer, when the call does not say */
    int64_t timeout_ms;            /* mcp: of one statement */
    int64_t max_affected;          /* mcp: rows one statement may change */
    int64_t connections;           /* mcp: to the database, for reading */

    bool once;             /* sync: one round */
    const char *until_lag; /* sync: ends when the lag is below; NULL: does not */
    int copy_how;          /* sync: enum copy_how */
    int on_schema_change;  /* sync: enum on_schema_change */
    int64_t max_rate_rows; /* sync: rows a second in rounds; 0: no limit */
    bool pause;            /* sync: asks the process that syncs to hold */
    bool resume;           /* sync: ... to go on */
    bool stop;             /* sync: ... to end */
    bool uninstall;        /* sync: takes everything of ours out of the source */
    int trim;              /* sync: enum trim_when */
    bool watch;            /* status: again and again */
    bool live;             /* not an option: the source goes on being written to */
    bool abort;            /* cutover, return: back to where it began */
    bool without_way_back; /* cutover */
    bool without_archive;  /* finish */
    const char *budget;    /* cutover, return: "100ms", as the next three */
    const char *timeout;   /* of waits for a lock */
    const char *max_lag;
    const char *catch_up;
    int64_t attempts;             /* cutover, return */
    const char *app_url;          /* the application's own connection; NULL: not known */
    const char *env_file;         /* NULL: none */
    const char *verified_within;  /* cutover: how old the last comparison may be */
    const char *rehearsed_within; /* cutover: ... and the last rehearsal of the way back */
    struct option_words set;      /* "NAME=VALUE,..." each */
    const char *before_pause;     /* hooks; NULL: none */
    const char *on_fenced;
    const char *on_switched;
    const char *on_abort;
    const char *on_returned;
    const char *on_finished;

    /* Not options: what plan_use.h makes of the plan file. */
    const struct plan_file *plan_file; /* NULL: none */
    size_t plan_source;                /* in plan_file->sources */
    const char *plan_digest;           /* of its text; NULL: none */
};

#endif
