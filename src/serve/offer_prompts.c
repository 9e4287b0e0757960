/* offer_prompts.c — prompts of `outgrow mcp`: how to go about the work its tools are for. */
#include "serve/offer.h"

#include <string.h>

enum { PROMPT_ARGUMENTS_MAX = 2 };

static const struct prompt {
    const char *name;
    const char *title;
    const char *description;
    struct {
        const char *name; /* NULL: none */
        const char *description;
        bool required;
    } arguments[PROMPT_ARGUMENTS_MAX];
    const char *text; /* {name} stands for an argument */
} prompt_table[] = {
    {"heal_error",
     "Heal an error",
     "From an error of the database to a fix that is proved",
     {{"error", "The error as it was shown", true},
      {"sql", "The statement it came from", false}},
     "The application got this error from its database:\n\n{error}\n\nStatement, if known:\n"
     "{sql}\n\nFind the cause before you change anything: describe the tables concerned, and "
     "look for a name that is merely misspelt. If a column is missing, propose "
     "fix_missing_column; if it is slow, explain_query and then create_performance_index. Use "
     "dry_run first, show what would be done, and after the change run the statement again to "
     "prove that it works."},
    {"tune_query",
     "Make a query faster",
     "From a slow query to a measured improvement",
     {{"sql", "The slow query", true}},
     "This query is slow:\n\n{sql}\n\nUse explain_query and name the part of the plan that "
     "costs the most. Describe the tables it reads. Propose at most one index at a time, with "
     "the cost before and after, and say what it costs to keep. Create it only when I agree, "
     "and measure again afterwards."},
    {"review_migration",
     "Review the migration",
     "What moved, what was set aside, whether all is the same",
     {{NULL}},
     "Use migration_status to see what was moved into this database, from where and when. "
     "Report rows that were set aside and why, anything that verification found different, and "
     "what the health check says that matters right after a move. Verify the table you trust "
     "least with verify_table. End with what I should do next, the most important first."},
};
enum { PROMPT_COUNT = sizeof prompt_table / sizeof prompt_table[0] };

static json_t *
arguments_of(const struct prompt *prompt)
{
    json_t *list = json_array();
    for (size_t i = 0; i < PROMPT_ARGUMENTS_MAX && prompt->arguments[i].name != NULL; i++) {
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:b}", "name", prompt->arguments[i].name,
                                        "description", prompt->arguments[i].description,
                                        "required", prompt->arguments[i].required));
    }
    return list;
}

void
mcp_offer_prompts_list(void *context, const struct mcp_request *request,
                       struct mcp_reply *reply)
{
    json_t *list = json_array();
    (void)context;
    (void)request;
    for (size_t i = 0; i < PROMPT_COUNT; i++) {
        const struct prompt *prompt = &prompt_table[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:o}", "name", prompt->name, "title",
                                        prompt->title, "description", prompt->description,
                                        "arguments", arguments_of(prompt)));
    }
    reply->result = json_pack("{s:o}", "prompts", list);
}

static const struct prompt *
find_prompt(const char *name)
{
    for (size_t i = 0; name != NULL && i < PROMPT_COUNT; i++) {
        if (strcmp(prompt_table[i].name, name) == 0) {
            return &prompt_table[i];
        }
    }
    return NULL;
}

static bool
check_given(const struct prompt *prompt, const json_t *given, struct rpc_fault *fault)
{
    for (size_t i = 0; i < PROMPT_ARGUMENTS_MAX && prompt->arguments[i].name != NULL; i++) {
        if (prompt->arguments[i].required &&
            !json_is_string(json_object_get(given, prompt->arguments[i].name))) {
            return rpc_fault_set(fault, RPC_INVALID_PARAMS, "argument \"%s\" is missing",
                                 prompt->arguments[i].name);
        }
    }
    return true;
}

/* The text with each {name} replaced by what was given for it. */
static void
fill_in(struct text *out, const char *text, const json_t *given)
{
    char name[32];
    for (const char *at = text; *at != '\0'; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (end == NULL || (size_t)(end - at) > sizeof name) {
            text_add_char(out, *at);
            continue;
        }
        size_t length = (size_t)(end - at) - 1;
        memcpy(name, at + 1, length);
        name[length] = '\0';
        const char *value = json_string_value(json_object_get(given, name));
        text_add(out, value == NULL ? "(not given)" : value);
        at = end;
    }
}

void
mcp_offer_prompts_get(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    AUTO_TEXT text = {0};
    const json_t *given = json_object_get(request->params, "arguments");
    const struct prompt *prompt = find_prompt(
        json_string_value(json_object_get(request->params, "name")));
    (void)context;
    if (prompt == NULL) {
        rpc_fault_set(&reply->fault, RPC_INVALID_PARAMS, "unknown prompt");
        return;
    }
    if (!check_given(prompt, given, &reply->fault)) {
        return;
    }
    fill_in(&text, prompt->text, given);
    reply->result = json_pack("{s:s, s:[{s:s, s:{s:s, s:s}}]}", "description",
                              prompt->description, "messages", "role", "user", "content",
                              "type", "text", "text", text_string(&text));
}
