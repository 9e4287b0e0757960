/* markdown.c — the reference pages under docs/, printed from the tables; see help.h. */
#include "cli/help.h"
#include "cli/parse.h"
#include "cutover/state.h"

#include <string.h>

static void
add_commands(struct text *out)
{
    text_add(out, "# Commands\n\nWhat `outgrow --help` and `outgrow COMMAND --help` print. "
                  "Made by `outgrow help --markdown commands`.\n\n```\n");
    help_overview(out);
    text_add(out, "```\n");
    for (size_t i = 0; i < command_count; i++) {
        text_printf(out, "\n## outgrow %s\n\n%s.\n\n```\n", command_table[i].name,
                    command_table[i].summary);
        help_command(out, &command_table[i]);
        text_add(out, "```\n");
    }
}

static void
add_taking_commands(struct text *out, const struct option *option)
{
    size_t count = 0;
    for (size_t i = 0; i < command_count; i++) {
        if (command_takes(&command_table[i], option)) {
            text_printf(out, "%s%s", count++ > 0 ? ", " : "", command_table[i].name);
        }
    }
}

static void
add_options(struct text *out)
{
    text_add(out,
             "# Options\n\nThe command line wins over the environment, the environment over "
             "the default. `--no-NAME` turns\na flag off. Made by "
             "`outgrow help --markdown options`.\n\n"
             "| option | environment | default | commands | what it does |\n"
             "|---|---|---|---|---|\n");
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        AUTO_ARENA memory = {0};
        text_add(out, "| `");
        help_option_form(out, option);
        text_printf(out, "` | `%s` | %s | ", option_variable(&memory, option),
                    option->fallback == NULL ? "" : option->fallback);
        add_taking_commands(out, option);
        text_printf(out, " | %s", option->help);
        if (option->kind == OPTION_CHOICE) {
            for (const struct option_choice *choice = option->choices; choice->word; choice++) {
                text_printf(out, "<br>`%s`: %s", choice->word, choice->help);
            }
        }
        text_add(out, " |\n");
    }
}

static void
add_exit_codes(struct text *out)
{
    text_add(out, "# Exit codes\n\nMade by `outgrow help --markdown exit-codes`.\n\n"
                  "| code | meaning |\n|---:|---|\n");
    for (size_t i = 0; i < exit_code_count; i++) {
        text_printf(out, "| %d | %s |\n", (int)exit_code_table[i].code,
                    exit_code_table[i].meaning);
    }
}

bool
help_markdown(struct text *out, const char *topic)
{
    static const struct {
        const char *topic;
        void (*add)(struct text *);
    } topics[] = {{"commands", add_commands},
                  {"options", add_options},
                  {"exit-codes", add_exit_codes},
                  {"states", states_markdown}};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strcmp(topic, topics[i].topic) == 0) {
            topics[i].add(out);
            return true;
        }
    }
    return false;
}
