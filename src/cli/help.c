/* help.c — help for a terminal; see help.h. */
#include "cli/help.h"

#include "cli/parse.h"
#include "settings/target_choice.h"

#include <string.h>

enum { HELP_COLUMNS = 79, OPTION_COLUMN = 26 };

/* Words wrapped at the width, every line behind `indent` blanks but the first,
 * which goes on where the text is. */
static void
add_wrapped(struct text *out, const char *words, size_t indent)
{
    size_t used = indent;
    while (*words != '\0') {
        size_t length = strcspn(words, " \n");
        if (used > indent && used + 1 + length > HELP_COLUMNS) {
            text_printf(out, "\n%*s", (int)indent, "");
            used = indent;
        } else if (used > indent) {
            text_add_char(out, ' ');
            used++;
        }
        text_add_bytes(out, words, length);
        used += length;
        words += length;
        size_t newlines = strspn(words, "\n");
        if (newlines > 0) {
            text_printf(out, "\n\n%*s", (int)indent, "");
            used = indent;
        }
        words += newlines + strspn(words + newlines, " ");
    }
    text_add_char(out, '\n');
}

void
help_option_form(struct text *out, const struct option *option)
{
    if (option->letter != 0) {
        text_printf(out, "-%c, ", option->letter);
    }
    text_printf(out, "--%s", option->name);
    if (option->argument != NULL) {
        text_printf(out, " %s", option->argument);
    }
}

static void
add_entry(struct text *out, const char *left, const char *right)
{
    if (strlen(left) > OPTION_COLUMN - 4) {
        text_printf(out, "  %s\n%*s", left, OPTION_COLUMN, "");
    } else {
        text_printf(out, "  %-*s", OPTION_COLUMN - 2, left);
    }
    add_wrapped(out, right, OPTION_COLUMN);
}

static void
add_option(struct text *out, const struct option *option)
{
    AUTO_TEXT form = {0};
    AUTO_TEXT words = {0};
    help_option_form(&form, option);
    text_add(&words, option->help);
    if (option->fallback != NULL) {
        text_printf(&words, " [%s]", option->fallback);
    }
    add_entry(out, text_string(&form), text_string(&words));
    if (option->kind != OPTION_CHOICE) {
        return;
    }
    for (const struct option_choice *choice = option->choices; choice->word; choice++) {
        AUTO_TEXT line = {0};
        text_printf(&line, "%s: %s", choice->word, choice->help);
        text_printf(out, "%*s", OPTION_COLUMN + 2, "");
        add_wrapped(out, text_string(&line), OPTION_COLUMN + 4);
    }
}

void
help_command(struct text *out, const struct command *command)
{
    text_printf(out, "usage: outgrow %s [OPTION...] %s\n\n", command->name, command->synopsis);
    add_wrapped(out, command->description, 0);
    text_add(out, "\noptions:\n");
    for (size_t i = 0; i < option_count; i++) {
        if (command_takes(command, &option_table[i])) {
            add_option(out, &option_table[i]);
        }
    }
    add_entry(out, "-h, --help", "show this help");
    text_add(out, "\nexamples:\n");
    for (const char *const *example = command->examples; *example != NULL; example++) {
        size_t length = strcspn(*example, "\t");
        text_printf(out, "  %.*s\n      ", (int)length, *example);
        add_wrapped(out, *example + length + 1, 6);
    }
}

static void
add_operand_help(struct text *out)
{
    AUTO_TEXT words = {0};
    text_printf(&words,
                "SOURCE is a SQLite file. TARGET is %s.\n"
                "Every option is also an environment variable: --bad-text is OUTGROW_BAD_TEXT. "
                "--no-NAME turns an option off. Results go to standard output, everything else "
                "to standard error; NO_COLOR is obeyed.",
                target_choice_words);
    text_add_char(out, '\n');
    add_wrapped(out, text_string(&words), 0);
}

void
help_overview(struct text *out)
{
    text_add(out, "usage: outgrow COMMAND [OPTION...] [ARGUMENT...]\n\n"
                  "Moves a SQLite database into PostgreSQL, and proves it.\n\ncommands:\n");
    for (size_t i = 0; i < command_count; i++) {
        text_printf(out, "  %-10s", command_table[i].name);
        add_wrapped(out, command_table[i].summary, 12);
    }
    text_printf(out, "  %-10s%s\n", "help", HELP_SUMMARY);
    add_operand_help(out);
    text_add(out, "\nexit codes:\n");
    for (size_t i = 0; i < exit_code_count; i++) {
        text_printf(out, "  %-5d", (int)exit_code_table[i].code);
        add_wrapped(out, exit_code_table[i].meaning, 7);
    }
    text_add(out, "\nstart here:\n  outgrow inspect app.db\n  outgrow migrate app.db\n");
}
