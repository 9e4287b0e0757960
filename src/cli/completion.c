/* completion.c — completion for bash, zsh and fish, printed from the tables;
 * see help.h. */
#include "cli/help.h"
#include "cli/parse.h"

#include <string.h>

/* For a string inside single quotes of any of the three shells. */
static void
add_quoted(struct text *out, const char *words, const char *also_escaped)
{
    for (; *words != '\0'; words++) {
        if (*words == '\'') {
            text_add(out, "'\\''");
            continue;
        }
        if (strchr(also_escaped, *words) != NULL) {
            text_add_char(out, '\\');
        }
        text_add_char(out, *words);
    }
}

static void
add_choice_words(struct text *out, const struct option *option)
{
    for (const struct option_choice *choice = option->choices; choice->word; choice++) {
        text_printf(out, "%s%s", choice == option->choices ? "" : " ", choice->word);
    }
}

/* "start stop": what the command's synopsis wants for a first word; false: it wants a file. */
static bool
add_verbs(struct text *out, const struct command *command)
{
    size_t length = strcspn(command->synopsis, " ");
    if (memchr(command->synopsis, '|', length) == NULL) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        text_add_char(out, command->synopsis[i] == '|' ? ' ' : command->synopsis[i]);
    }
    return true;
}

static void
add_command_names(struct text *out)
{
    for (size_t i = 0; i < command_count; i++) {
        text_printf(out, "%s ", command_table[i].name);
    }
}

static void
add_bash_values(struct text *out)
{
    text_add(out, "    case $previous in\n");
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        if (option->kind == OPTION_FLAG) {
            continue;
        }
        text_printf(out, "    --%s", option->name);
        if (option->letter != 0) {
            text_printf(out, " | -%c", option->letter);
        }
        text_add(out, ")\n        ");
        if (option->kind == OPTION_CHOICE) {
            text_add(out, "COMPREPLY=($(compgen -W '");
            add_choice_words(out, option);
            text_add(out, "' -- \"$current\"))\n");
        } else {
            text_add(out, option->kind == OPTION_NUMBER ? "compopt +o default\n" : ":\n");
        }
        text_add(out, "        return\n        ;;\n");
    }
    text_add(out, "    esac\n");
}

/* The second word, where it is none of a file. */
static void
add_bash_verbs(struct text *out)
{
    text_add(out, "    if [[ $COMP_CWORD -eq 2 && $current != -* ]]; then\n"
                  "        case ${COMP_WORDS[1]} in\n"
                  "        help)\n            COMPREPLY=($(compgen -W '");
    add_command_names(out);
    text_add(out, "' -- \"$current\"))\n            compopt +o default\n"
                  "            return\n            ;;\n");
    for (size_t i = 0; i < command_count; i++) {
        AUTO_TEXT verbs = {0};
        if (add_verbs(&verbs, &command_table[i])) {
            text_printf(out,
                        "        %s)\n            COMPREPLY=($(compgen -W '%s' -- "
                        "\"$current\"))\n            compopt +o default\n"
                        "            return\n            ;;\n",
                        command_table[i].name, text_string(&verbs));
        }
    }
    text_add(out, "        esac\n    fi\n");
}

static void
add_bash_options(struct text *out)
{
    text_add(out, "    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < command_count; i++) {
        text_printf(out, "    %s)\n        options='", command_table[i].name);
        for (size_t o = 0; o < option_count; o++) {
            if (command_takes(&command_table[i], &option_table[o])) {
                text_printf(out, "--%s ", option_table[o].name);
            }
        }
        text_add(out, "--help'\n        ;;\n");
    }
    text_add(out, "    help) options='--man --completion --markdown' ;;\n    esac\n");
}

/* An empty COMPREPLY is left to readline, whose files may have blanks in their names. Bash
 * makes three words of --name=value. */
static void
complete_bash(struct text *out)
{
    text_add(out, "# bash completion for outgrow\n_outgrow()\n{\n"
                  "    local current=${COMP_WORDS[COMP_CWORD]}\n"
                  "    local previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                  "    local options\n"
                  "    COMPREPLY=()\n"
                  "    if [ \"$current\" = = ]; then\n"
                  "        current=\n"
                  "    elif [ \"$previous\" = = ]; then\n"
                  "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
                  "    fi\n"
                  "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                  "        COMPREPLY=($(compgen -W '");
    add_command_names(out);
    text_add(out, "help --help --version' -- \"$current\"))\n        compopt +o default\n"
                  "        return\n    fi\n");
    add_bash_values(out);
    add_bash_verbs(out);
    add_bash_options(out);
    text_add(out, "    if [[ $current == -* ]]; then\n"
                  "        COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
                  "    fi\n}\ncomplete -o default -F _outgrow outgrow\n");
}

static void
add_zsh_option(struct text *out, const struct option *option)
{
    text_printf(out, " \\\n            '--%s[", option->name);
    add_quoted(out, option->help, "[]:");
    text_add_char(out, ']');
    if (option->kind == OPTION_CHOICE) {
        text_printf(out, ":%s:(", option->argument);
        add_choice_words(out, option);
        text_add_char(out, ')');
    } else if (option->kind != OPTION_FLAG) {
        text_printf(out, ":%s:%s", option->argument,
                    option->kind == OPTION_TEXT ? "_files" : "");
    }
    text_add_char(out, '\'');
}

static void
complete_zsh(struct text *out)
{
    text_add(out, "#compdef outgrow\n_outgrow()\n{\n"
                  "    local -a commands=(\n");
    for (size_t i = 0; i < command_count; i++) {
        text_printf(out, "        '%s:", command_table[i].name);
        add_quoted(out, command_table[i].summary, ":");
        text_add(out, "'\n");
    }
    text_add(out, "        'help:" HELP_SUMMARY "'\n    )\n"
                  "    if ((CURRENT == 2)); then\n"
                  "        _describe command commands\n        return\n    fi\n"
                  "    local command=$words[2]\n    shift words\n    ((CURRENT--))\n"
                  "    case $command in\n");
    for (size_t i = 0; i < command_count; i++) {
        text_printf(out, "    %s)\n        _arguments", command_table[i].name);
        for (size_t o = 0; o < option_count; o++) {
            if (command_takes(&command_table[i], &option_table[o])) {
                add_zsh_option(out, &option_table[o]);
            }
        }
        AUTO_TEXT verbs = {0};
        if (add_verbs(&verbs, &command_table[i])) {
            text_printf(out, " \\\n            '1:verb:(%s)'", text_string(&verbs));
        }
        text_add(out, " \\\n            '*:file:_files'\n        ;;\n");
    }
    text_add(out, "    help)\n        _describe command commands\n        ;;\n");
    text_add(out, "    esac\n}\n_outgrow \"$@\"\n");
}

static void
add_fish_option(struct text *out, const char *command, const struct option *option)
{
    text_printf(out, "complete -c outgrow -n '__fish_seen_subcommand_from %s' -l %s", command,
                option->name);
    if (option->letter != 0) {
        text_printf(out, " -s %c", option->letter);
    }
    if (option->kind == OPTION_CHOICE) {
        text_add(out, " -x -a '");
        add_choice_words(out, option);
        text_add_char(out, '\'');
    } else if (option->kind != OPTION_FLAG) {
        text_add(out, " -r");
    }
    text_add(out, " -d '");
    add_quoted(out, option->help, "\\");
    text_add(out, "'\n");
}

static void
complete_fish(struct text *out)
{
    text_add(out,
             "# fish completion for outgrow\n"
             "complete -c outgrow -n __fish_use_subcommand -f -a help -d 'this overview, or "
             "help COMMAND'\n"
             "complete -c outgrow -n '__fish_seen_subcommand_from help' -f -a '");
    add_command_names(out);
    text_add(out, "'\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        text_printf(out, "complete -c outgrow -n __fish_use_subcommand -f -a %s -d '",
                    command->name);
        add_quoted(out, command->summary, "\\");
        text_add(out, "'\n");
        AUTO_TEXT verbs = {0};
        if (add_verbs(&verbs, command)) {
            text_printf(out,
                        "complete -c outgrow -n '__fish_seen_subcommand_from %s; and not "
                        "__fish_seen_subcommand_from %s' -f -a '%s'\n",
                        command->name, text_string(&verbs), text_string(&verbs));
        }
        for (size_t o = 0; o < option_count; o++) {
            if (command_takes(command, &option_table[o])) {
                add_fish_option(out, command->name, &option_table[o]);
            }
        }
    }
}

bool
help_completion(struct text *out, const char *shell)
{
    static const struct {
        const char *shell;
        void (*complete)(struct text *);
    } shells[] = {{"bash", complete_bash}, {"zsh", complete_zsh}, {"fish", complete_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shell, shells[i].shell) == 0) {
            shells[i].complete(out);
            return true;
        }
    }
    return false;
}
