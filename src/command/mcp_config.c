/* mcp_config.c — `outgrow mcp --print-config`: the options that were given, as a client's JSON. */
#include "command/mcp_settings.h"
#include "page/result.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

/* Options that are not the client's business, or come as something else. */
static bool
is_left_out(const char *name)
{
    static const char *const names[] = {"print-config", "print-roles", "http", "quiet", "json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool
holds_password(const char *conninfo)
{
    PQconninfoOption *parts = PQconninfoParse(conninfo, NULL);
    bool found = parts == NULL; /* who knows */
    for (PQconninfoOption *part = parts; part != NULL && part->keyword != NULL; part++) {
        found = found || (part->val != NULL && strcmp(part->keyword, "password") == 0);
    }
    PQconninfoFree(parts);
    return found;
}

/* "${NAME}", which clients replace by the variable of their own environment. */
static void
add_variable(json_t *env, const char *name)
{
    json_object_set_new(env, name, json_sprintf("${%s}", name));
}

static void
add_word(json_t *args, const char *word)
{
    json_array_append_new(args, json_string(word));
}

/* A connection string with a password must not stand in a file: it goes by the environment. */
static void
add_text(json_t *args, json_t *env, const struct option *option, const char *value)
{
    char variable[80] = "OUTGROW_";
    if (strstr(option->name, "-target") == NULL || !holds_password(value)) {
        json_array_append_new(args, json_sprintf("--%s", option->name));
        add_word(args, value);
        return;
    }
    for (size_t i = 0; option->name[i] != '\0' && i + 9 < sizeof variable; i++) {
        char c = option->name[i];
        variable[8 + i] = (char)(c == '-' ? '_' : c & ~0x20);
        variable[9 + i] = '\0';
    }
    add_variable(env, variable);
}

static void
add_choice(json_t *args, const struct option *option, int value)
{
    for (const struct option_choice *one = option->choices; one->word != NULL; one++) {
        if (one->value == value && strcmp(one->word, option->fallback) != 0) {
            json_array_append_new(args, json_sprintf("--%s", option->name));
            add_word(args, one->word);
        }
    }
}

/* What differs from the default. */
static void
add_option(json_t *args, json_t *env, const struct option *option,
           const struct settings *settings)
{
    const char *field = (const char *)settings + option->field;
    bool flag;
    int choice;
    int64_t number;
    const char *text;
    switch (option->kind) {
    case OPTION_FLAG:
        memcpy(&flag, field, sizeof flag);
        if (flag) {
            json_array_append_new(args, json_sprintf("--%s", option->name));
        }
        break;
    case OPTION_TEXT:
        memcpy(&text, field, sizeof text);
        if (text != NULL && (option->fallback == NULL || strcmp(text, option->fallback) != 0)) {
            add_text(args, env, option, text);
        }
        break;
    case OPTION_WORDS: break; /* no option of mcp */
    case OPTION_NUMBER:
        memcpy(&number, field, sizeof number);
        if (option->fallback == NULL || number != strtoll(option->fallback, NULL, 10)) {
            json_array_append_new(args, json_sprintf("--%s", option->name));
            json_array_append_new(args, json_sprintf("%lld", (long long)number));
        }
        break;
    case OPTION_CHOICE:
        memcpy(&choice, field, sizeof choice);
        add_choice(args, option, choice);
        break;
    }
}

static const struct command *
this_command(void)
{
    const struct command *found = command_table;
    while (strcmp(found->name, "mcp") != 0) {
        found++;
    }
    return found;
}

/* Is `name` one of the words of `list`? */
static bool
is_word_of(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *word = list; *word != '\0';) {
        word += strspn(word, " ");
        size_t size = strcspn(word, " ");
        if (size == length && memcmp(word, name, size) == 0) {
            return true;
        }
        word += size;
    }
    return false;
}

static void
add_options(json_t *args, json_t *env, const struct settings *settings)
{
    const char *own = this_command()->options;
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        if (is_word_of(own, option->name) && !is_left_out(option->name)) {
            add_option(args, env, option, settings);
        }
    }
}

/* What names the target when no operand does, of what is set here. */
static void
add_target_variables(json_t *env)
{
    static const char *const names[] = {"DATABASE_URL", "PGHOST",   "PGHOSTADDR", "PGPORT",
                                        "PGDATABASE",   "PGUSER",   "PGPASSWORD", "PGPASSFILE",
                                        "PGSERVICE",    "PGSSLMODE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (getenv(names[i]) != NULL) {
            add_variable(env, names[i]);
        }
    }
}

/* A target with a password is left to the environment. */
static void
add_operand(json_t *args, json_t *env, const struct settings *settings)
{
    const char *operand = settings->argument_count > 0 ? settings->arguments[0] : NULL;
    if (operand == NULL) {
        add_target_variables(env);
    } else if (settings->mcp_backend == TOOL_SQLITE || !holds_password(operand)) {
        add_word(args, operand);
    } else {
        add_variable(env, "DATABASE_URL");
    }
}

/* How a client starts us: this very program, by its full name. */
static json_t *
stdio_entry(const struct settings *settings)
{
    char program[4096];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    program[size < 0 ? 0 : size] = '\0';
    json_t *args = json_array();
    json_t *env = json_object();
    add_word(args, "mcp");
    add_options(args, env, settings);
    add_operand(args, env, settings);
    return json_pack("{s:s, s:o, s:o}", "command", size < 0 ? "outgrow" : program, "args", args,
                     "env", env);
}

static bool
has_token(const struct settings *settings)
{
    return settings->token_file != NULL || getenv(MCP_TOKEN_VARIABLE) != NULL;
}

static json_t *
http_entry(const struct settings *settings)
{
    bool only_port = strchr(settings->http, ':') == NULL;
    json_t *entry = json_pack("{s:s, s:o}", "type", "http", "url",
                              json_sprintf("%s://%s%s" HTTP_PATH,
                                           settings->tls_cert == NULL ? "http" : "https",
                                           only_port ? "127.0.0.1:" : "", settings->http));
    if (has_token(settings)) {
        json_object_set_new(
            entry, "headers",
            json_pack("{s:s}", "Authorization", "Bearer ${" MCP_TOKEN_VARIABLE "}"));
    }
    return entry;
}

/* What a catalogue of servers shows of this one. */
static void
describe(json_t *entry, const struct settings *settings)
{
    json_t *capabilities = json_pack("[s, s, s]", "Execute read-only SQL queries",
                                     "Table introspection", "Health monitoring");
    if (!settings->read_only) {
        add_word(capabilities, "Execute write queries (INSERT/UPDATE/DELETE)");
        add_word(capabilities, "Schema modifications (ALTER TABLE, CREATE INDEX)");
    }
    json_object_set_new(entry, "disabled", json_false());
    json_object_set_new(entry, "category", json_string("database"));
    json_object_set_new(entry, "description",
                        json_string(settings->mcp_backend == TOOL_SQLITE
                                        ? "SQLite database access by outgrow"
                                        : "PostgreSQL database access by outgrow"));
    json_object_set_new(entry, "capabilities", capabilities);
}

bool
mcp_print_config(const struct settings *settings, const struct output *output,
                 struct error *err)
{
    json_t *entry = settings->http == NULL ? stdio_entry(settings) : http_entry(settings);
    if (entry == NULL) {
        return error_set(err, ERROR_USAGE, "an option or operand is not UTF-8");
    }
    describe(entry, settings);
    AUTO_JSON *config = json_pack("{s:{s:o}}", "mcpServers",
                                  settings->mcp_backend == TOOL_SQLITE ? "sqlite" : "postgres",
                                  entry);
    result_print_json(output, config);
    return true;
}
