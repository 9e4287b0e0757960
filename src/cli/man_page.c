/* man_page.c — outgrow(1), printed from the tables; see help.h. */
#include "cli/help.h"
#include "cli/parse.h"
#include "outgrow_config.h"
#include "settings/target_choice.h"

#include <string.h>

/* roff takes a leading dot or quote as a request, and '-' as a hyphen. */
static void
add_roff(struct text *out, const char *words)
{
    bool line_start = out->length == 0 || out->bytes[out->length - 1] == '\n';
    for (; *words != '\0'; words++) {
        if (line_start && (*words == '.' || *words == '\'')) {
            text_add(out, "\\&");
        }
        line_start = false;
        if (*words == '-') {
            text_add(out, "\\-");
        } else if (*words == '\\') {
            text_add(out, "\\e");
        } else if (*words == '\n') {
            text_add(out, "\n.PP\n");
            words += strspn(words, "\n") - 1;
            line_start = true;
        } else {
            text_add_char(out, *words);
        }
    }
}

static void
add_option(struct text *out, const struct option *option)
{
    AUTO_TEXT form = {0};
    AUTO_ARENA memory = {0};
    help_option_form(&form, option);
    text_add(out, ".TP\n.B ");
    add_roff(out, text_string(&form));
    text_add_char(out, '\n');
    add_roff(out, option->help);
    if (option->fallback != NULL) {
        text_add(out, " (default: ");
        add_roff(out, option->fallback);
        text_add_char(out, ')');
    }
    text_printf(out, ". Environment: %s.\n", option_variable(&memory, option));
    if (option->kind != OPTION_CHOICE) {
        return;
    }
    text_add(out, ".RS\n");
    for (const struct option_choice *choice = option->choices; choice->word; choice++) {
        text_add(out, ".TP\n.B ");
        add_roff(out, choice->word);
        text_add_char(out, '\n');
        add_roff(out, choice->help);
        text_add_char(out, '\n');
    }
    text_add(out, ".RE\n");
}

static void
add_command(struct text *out, const struct command *command)
{
    text_printf(out, ".SS outgrow %s [OPTION...] ", command->name);
    add_roff(out, command->synopsis);
    text_add_char(out, '\n');
    add_roff(out, command->description);
    text_add(out, "\n.PP\nOptions: ");
    size_t taken = 0;
    for (size_t i = 0; i < option_count; i++) {
        if (command_takes(command, &option_table[i])) {
            text_add(out, taken++ > 0 ? ", " : "");
            add_roff(out, "--");
            add_roff(out, option_table[i].name);
        }
    }
    text_add(out, ".\n");
    for (const char *const *example = command->examples; *example != NULL; example++) {
        size_t length = strcspn(*example, "\t");
        AUTO_ARENA memory = {0};
        text_add(out, ".TP\n.B ");
        add_roff(out, arena_strndup(&memory, *example, length));
        text_add_char(out, '\n');
        add_roff(out, *example + length + 1);
        text_add_char(out, '\n');
    }
}

void
help_man_page(struct text *out)
{
    text_add(out,
             ".TH OUTGROW 1 \"\" \"outgrow " OUTGROW_VERSION "\"\n"
             ".SH NAME\noutgrow \\- move a SQLite database into PostgreSQL, and prove it\n"
             ".SH SYNOPSIS\n.B outgrow\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n"
             ".SH COMMANDS\n");
    for (size_t i = 0; i < command_count; i++) {
        add_command(out, &command_table[i]);
    }
    text_add(out, ".SH OPTIONS\nNames are never abbreviated; \\-\\-no\\-NAME turns one off.\n");
    for (size_t i = 0; i < option_count; i++) {
        add_option(out, &option_table[i]);
    }
    text_add(out, ".SH TARGET\nTARGET is ");
    add_roff(out, target_choice_words);
    text_add(out, ".\n.SH EXIT STATUS\n");
    for (size_t i = 0; i < exit_code_count; i++) {
        text_printf(out, ".TP\n.B %d\n", (int)exit_code_table[i].code);
        add_roff(out, exit_code_table[i].meaning);
        text_add_char(out, '\n');
    }
}
