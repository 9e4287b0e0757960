/* main.c — reads the command line, runs one command, says how it ended. */
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/progress_bar.h"
#include "cli/secrets.h"
#include "cli/signals.h"
#include "outgrow_config.h"
#include "page/printable.h"
#include "page/result.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The streams of one command and what draws on them. */
struct terminal {
    struct progress progress;
    struct progress_bar *bar;
    struct output output;
    FILE *err_out; /* ours to close; NULL: stderr */
    FILE *out;     /* ours to close; NULL: stdout */
};

static bool
is_capable_terminal(int descriptor)
{
    const char *term = getenv("TERM");
    return isatty(descriptor) && (term == NULL || strcmp(term, "dumb") != 0);
}

static bool
colors_wanted(int descriptor)
{
    const char *no_color = getenv("NO_COLOR");
    return (no_color == NULL || no_color[0] == '\0') && is_capable_terminal(descriptor);
}

static int
page_columns(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 80;
    }
    return size.ws_col < 40 ? 40 : size.ws_col > 120 ? 120 : size.ws_col;
}

static void
terminal_open(struct terminal *terminal, bool quiet)
{
    progress_init(&terminal->progress);
    if (quiet) {
        terminal->err_out = fopen("/dev/null", "w");
    } else {
        terminal->bar = progress_bar_start(&terminal->progress, colors_wanted(STDERR_FILENO));
        terminal->err_out = progress_bar_stream(terminal->bar, STDERR_FILENO);
        /* Only a terminal shows both; a file or pipe is better served by stdout's buffer. */
        terminal->out = isatty(STDOUT_FILENO)
                            ? progress_bar_stream(terminal->bar, STDOUT_FILENO)
                            : NULL;
    }
    terminal->output = (struct output){
        .out = terminal->out == NULL ? stdout : terminal->out,
        .err_out = terminal->err_out == NULL ? stderr : terminal->err_out,
        .color = colors_wanted(STDOUT_FILENO),
        .redraws = is_capable_terminal(STDOUT_FILENO),
        .columns = page_columns(),
        .progress = &terminal->progress,
    };
}

static void
terminal_close(struct terminal *terminal)
{
    if (terminal->out != NULL) {
        fclose(terminal->out);
    }
    if (terminal->err_out != NULL) {
        fclose(terminal->err_out);
    }
    progress_bar_stop(terminal->bar);
    terminal->bar = NULL;
}

static const char *
kind_word(enum error_kind kind)
{
    static const char *const words[] = {
        [ERROR_NONE] = "none",         [ERROR_INTERNAL] = "internal",
        [ERROR_USAGE] = "usage",       [ERROR_SOURCE] = "source",
        [ERROR_TARGET] = "target",     [ERROR_SYSTEM] = "system",
        [ERROR_MISMATCH] = "mismatch", [ERROR_STOPPED] = "stopped",
        [ERROR_NOT_NOW] = "not now",
    };
    return words[kind];
}

static void
print_error_json(const struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_JSON *json = json_pack(
        "{s:{s:s, s:s, s:s, s:s, s:i}}", "error", "kind", kind_word(err->kind), "message",
        printable_utf8(&memory, err->message), "hint", printable_utf8(&memory, err->hint),
        "sqlstate", err->sqlstate, "exit_code", (int)exit_code_of(err->kind));
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
}

/* The one place where an error is shown. */
static enum exit_code
report_error(const struct error *err, bool json)
{
    AUTO_TEXT lines = {0};
    text_add(&lines, "outgrow: ");
    printable_add(&lines, err->message);
    if (err->hint[0] != '\0') {
        text_add(&lines, "\nhint: ");
        printable_add(&lines, err->hint);
    }
    text_add_char(&lines, '\n');
    fwrite(lines.bytes, 1, lines.length, stderr);
    if (json) {
        print_error_json(err);
    }
    return exit_code_of(err->kind);
}

/* A message may quote a word of the command line, and that a password. */
static void
hide_secrets(struct error *err, char *const *words, size_t count)
{
    secrets_hide(err->message, words, count);
    secrets_hide(err->hint, words, count);
}

static bool
print_topic(const struct command_line *line, struct text *out, struct error *err)
{
    switch (line->action) {
    case ACTION_VERSION: text_add(out, "outgrow " OUTGROW_VERSION "\n"); return true;
    case ACTION_MAN: help_man_page(out); return true;
    case ACTION_COMPLETION:
        return help_completion(out, line->topic) ||
               error_set(err, ERROR_USAGE, "completion is for bash, zsh or fish, not \"%s\"",
                         line->topic);
    case ACTION_MARKDOWN:
        return help_markdown(out, line->topic) ||
               error_set(err, ERROR_USAGE,
                         "markdown is of commands, options, exit-codes or states, not "
                         "\"%s\"",
                         line->topic);
    case ACTION_HELP:
    case ACTION_RUN: break;
    }
    if (line->command == NULL) {
        help_overview(out);
    } else {
        help_command(out, line->command);
    }
    return true;
}

static bool
print_help(const struct command_line *line, struct error *err)
{
    AUTO_TEXT out = {0};
    if (!print_topic(line, &out, err)) {
        return false;
    }
    fwrite(out.bytes, 1, out.length, stdout);
    return true;
}

static bool
run_command(const struct command_line *line, enum exit_code *code, struct error *err)
{
    struct terminal terminal = {0};
    terminal_open(&terminal, line->settings.quiet);
    bool ok = line->command->run(&line->settings, &terminal.output, code, err);
    terminal_close(&terminal);
    if (!ok && err->kind == ERROR_STOPPED && !line->command->resumes) {
        err->hint[0] = '\0'; /* it speaks of going on */
    }
    return ok;
}

/* Why standard output takes no more: 0 when it does. What failed while the buffer was emptied
 * has left a mark but no reason, so it is asked again. */
static int
output_trouble(void)
{
    if (fflush(stdout) != 0) {
        return errno;
    }
    if (ferror(stdout) == 0) {
        return 0;
    }
    return write(STDOUT_FILENO, "\n", 1) == 1 ? EIO : errno;
}

/* A result that could not be written is a failure, unless nobody wanted it. */
static enum exit_code
finish_output(enum exit_code code)
{
    int trouble = output_trouble();
    if (trouble == 0 || trouble == EPIPE) {
        return code;
    }
    struct error err;
    errno = trouble;
    error_set(&err, ERROR_SYSTEM, "write standard output");
    enum exit_code failed = report_error(&err, false);
    return code == EXIT_DONE ? failed : code;
}

/* Before the command line is understood: was JSON asked for? */
static bool
words_ask_for_json(char **words, size_t count)
{
    for (size_t i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strcmp(words[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

/* A standard file that was closed would be the next one opened, a connection for one, and what is
 * said to a person would go into it. Opened the wrong way round, its use fails as it did. */
static void
occupy_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

int
main(int argc, char **argv)
{
    AUTO_ARENA arena = {0};
    struct command_line line;
    struct error err;
    enum exit_code code = EXIT_DONE;
    size_t count = argc > 1 ? (size_t)argc - 1 : 0;
    occupy_standard_files();
    signals_install(); /* first: a stop is never too early to be a clean one */
    char **words = secrets_copy_words(&arena, argv + 1, count);
    secrets_wipe_words(argv + 1, count);
    if (!parse_command_line(&arena, words, count, &line, &err)) {
        hide_secrets(&err, words, count);
        return (int)finish_output(report_error(&err, words_ask_for_json(words, count)));
    }
    bool ok = line.action == ACTION_RUN ? run_command(&line, &code, &err)
                                        : print_help(&line, &err);
    if (!ok) {
        hide_secrets(&err, words, count);
        code = report_error(&err, line.action == ACTION_RUN && line.settings.json);
    }
    return (int)finish_output(code);
}
