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
enum { RATE_AS_IT_IS = -1 }; /* --max-rate-rows is not given: as it was wished last */
enum {
    LOG_ROWS_AS_IT_IS = -1,    /* --max-log-rows likewise */
    LOG_ROWS_USUAL = 50000000, /* ... and there was no last time */
};

enum { OPTION_WORDS_MAX = 64 };
struct option_words {
    const char *items[OPTION_WORDS_MAX]; /* in the order in which they were given */
    size_t count;
};

/* All that options can set, with one field per option; filled by cli/ in the
 * order default < environment (OUTGROW_*) < command line. Strings are borrowed
 * from argv, the environment or static storage; NULL where nothing was said. */
struct settings {
    const char **arguments; /* operands: SOURCE, TARGET, ... */
    size_t argument_count;

    /* Of several commands. */
    enum types_mode types;
    enum names_mode names;
    enum bad_text bad_text;
    const char *schema;
    const char *plan;             /* a plan file */
    const char *backup_directory; /* NULL: <data home>/backups */
    const char *output_path;      /* -o; NULL: standard output */
    const char *max_rate;         /* "20MB" a second; NULL: as fast as it goes */
    int64_t jobs;                 /* 0: as many as processors, at most 4 */
    bool replace;
    bool damaged_ok;
    bool dry_run;
    bool full_check;
    bool json;
    bool quiet;

    /* --into-existing, and how. */
    bool into_existing;
    enum plan_conflict on_conflict; /* with the rows of existing tables; the plan goes before */
    bool skip_missing_columns;      /* that an existing table has not */
    bool skip_missing_tables;
    bool with_bookkeeping; /* also what migration tools remember */

    /* plan */
    const char *check;  /* a plan file to be checked */
    const char *update; /* ... to be brought up to date */

    /* migrate */
    bool retry_set_aside;    /* only the rows that were set aside */
    const char *dump_target; /* a file for a dump of it */
    const char *report_path; /* a page with its report */
    bool profile;            /* show where the time went */

    /* verify */
    bool snapshot;
    bool repair;        /* make the target what the source is */
    bool restart;       /* also what an earlier one has proven */
    const char *tables; /* only these */
    const char *sample; /* "5%"; NULL: every row */

    /* status */
    bool set_aside;
    bool watch; /* again and again */

    /* archive; the directory also for reports */
    const char *archive_directory;   /* NULL: <data home>/archives */
    const char *keep;                /* a duration; NULL: archives are kept */
    const char *remove_source_after; /* a duration; NULL: the source stays */
    const char *restore;             /* an archive; NULL: make one */
    const char *links_under;         /* where else links to the source are looked for */
    bool accept_set_aside;           /* a run with rows set aside is good enough */

    /* schema */
    bool allow_out_of_order;
    const char *series; /* which list of files */

    /* shadow, bench */
    int64_t runs;        /* how often a query is timed; 0: as usual */
    const char *writers; /* "1,5,20"; NULL: these */

    /* mcp */
    const char *http;        /* HOST:PORT; NULL: standard input and output */
    const char *token_file;  /* bearer tokens; NULL: the environment's, or none */
    const char *tls_cert;    /* PEM files; NULL: no TLS */
    const char *tls_key;     /* ... */
    const char *allow_hosts; /* further names in Host and Origin, between commas */
    int64_t rate_limit;      /* requests a second of one client; 0: no limit */
    bool print_config;       /* the client's JSON */
    bool print_roles;        /* SQL that makes the roles */
    enum tool_backend mcp_backend;
    enum heal_mode heal;
    bool read_only;              /* only tools that read */
    const char *write_target;    /* connection of the role that writes; NULL: TARGET */
    const char *ddl_target;      /* ... that alters; NULL: the one that writes */
    const char *owner_role;      /* ... which becomes this one; NULL: stays */
    bool allow_superuser;        /* a role that may do anything will do */
    bool allow_destructive;      /* columns and constraints may be dropped */
    const char *allow_functions; /* names between commas; NULL: none more */
    int64_t max_rows;            /* of one answer, when the call does not say */
    int64_t timeout_ms;          /* of one statement */
    int64_t max_affected;        /* rows one statement may change */
    int64_t connections;         /* to the database, for reading */

    /* sync */
    bool once;             /* one round */
    const char *until_lag; /* ends when the lag is below; NULL: does not */
    enum copy_how copy_how;
    enum on_schema_change on_schema_change;
    enum trim_when trim;
    int64_t max_rate_rows; /* rows a second in rounds; 0: no limit; or RATE_AS_IT_IS */
    int64_t max_log_rows;  /* that may wait; 0: any number; or LOG_ROWS_AS_IT_IS */
    bool pause;            /* asks the process that syncs to hold */
    bool resume;           /* ... to go on */
    bool stop;             /* ... to end */
    bool uninstall;        /* takes everything of ours out of the source */

    /* cutover, return, finish */
    bool abort;                   /* back to where it began */
    bool without_way_back;        /* cutover */
    bool without_archive;         /* finish */
    const char *budget;           /* "100ms", as the next three */
    const char *timeout;          /* of waits for a lock */
    const char *max_lag;          /* when the pause begins */
    const char *catch_up;         /* how long rounds may take to get there */
    int64_t attempts;             /* pauses before it is given up */
    const char *app_url;          /* the application's own connection; NULL: not known */
    const char *env_file;         /* the application's .env */
    const char *verified_within;  /* cutover: how old the last comparison may be */
    const char *rehearsed_within; /* cutover: ... and the last rehearsal of the way back */
    struct option_words set;      /* "NAME=VALUE,..." each */
    const char *before_pause;     /* hooks */
    const char *on_fenced;
    const char *on_switched;
    const char *on_abort;
    const char *on_returned;
    const char *on_finished;

    /* Not options. */
    bool live; /* the source goes on being written to */
    const struct plan_file
        *plan_file;          /* made of the plan file by plan_use.h, as the next two */
    size_t plan_source;      /* in plan_file->sources */
    const char *plan_digest; /* of its text */
};

#endif
