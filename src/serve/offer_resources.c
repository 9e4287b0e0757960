/* offer_resources.c — resources of `outgrow mcp`: each is what one tool says. */
#include "serve/offer.h"

#include <stdlib.h>
#include <string.h>

#define TABLES_PREFIX "outgrow://tables/"

static const struct {
    const char *uri;
    const char *name;
    const char *description;
    const char *tool; /* by its alias where it has one, so that both backends have it */
} resource_table[] = {
    {"outgrow://tables", "tables", "Every table and view, with its size", "list_tables"},
    {"outgrow://migration", "migration", "What was moved into this database, and how it went",
     "migration_status"},
    {"outgrow://health", "health", "How the database fares, check by check", "health_check"},
};
enum { RESOURCE_COUNT = sizeof resource_table / sizeof resource_table[0] };

void
mcp_offer_resources_list(void *context, const struct mcp_request *request,
                         struct mcp_reply *reply)
{
    const struct mcp_offer *offer = context;
    json_t *list = json_array();
    (void)request;
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        if (tool_host_find(offer->host, resource_table[i].tool) != NULL) {
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:s}", "uri", resource_table[i].uri, "name",
                                resource_table[i].name, "description",
                                resource_table[i].description, "mimeType", "application/json"));
        }
    }
    reply->result = json_pack("{s:o}", "resources", list);
}

void
mcp_offer_templates_list(void *context, const struct mcp_request *request,
                         struct mcp_reply *reply)
{
    (void)context;
    (void)request;
    reply->result = json_pack("{s:[{s:s, s:s, s:s, s:s}]}", "resourceTemplates", "uriTemplate",
                              TABLES_PREFIX "{schema}/{table}", "name", "table", "description",
                              "One table: columns, keys, indexes, sizes", "mimeType",
                              "application/json");
}

static int
hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, c | 0x20);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Undoes %XX; a new string value, or NULL when it is not UTF-8. */
static json_t *
decoded(const char *from, size_t length)
{
    AUTO_TEXT text = {0};
    for (size_t i = 0; i < length; i++) {
        if (from[i] == '%' && i + 2 < length && hex_digit(from[i + 1]) >= 0 &&
            hex_digit(from[i + 2]) >= 0) {
            text_add_char(&text, (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2])));
            i += 2;
        } else {
            text_add_char(&text, from[i]);
        }
    }
    return text.length == strlen(text_string(&text)) ? json_string(text_string(&text)) : NULL;
}

/* {"schema": ..., "table": ...} of a table's URI; NULL: it is none. */
static json_t *
table_arguments(const char *uri)
{
    if (strncmp(uri, TABLES_PREFIX, strlen(TABLES_PREFIX)) != 0) {
        return NULL;
    }
    const char *schema = uri + strlen(TABLES_PREFIX);
    const char *slash = strchr(schema, '/');
    if (slash == NULL || slash == schema || slash[1] == '\0' ||
        strchr(slash + 1, '/') != NULL) {
        return NULL;
    }
    json_t *arguments = json_object();
    if (json_object_set_new(arguments, "schema", decoded(schema, (size_t)(slash - schema))) !=
            0 ||
        json_object_set_new(arguments, "table", decoded(slash + 1, strlen(slash + 1))) != 0) {
        json_decref(arguments);
        return NULL;
    }
    return arguments;
}

/* The tool behind a URI and its arguments (new); NULL: there is none. */
static const struct tool *
find_tool(const struct mcp_offer *offer, const char *uri, json_t **arguments)
{
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        if (strcmp(resource_table[i].uri, uri) == 0) {
            *arguments = json_object();
            return tool_host_find(offer->host, resource_table[i].tool);
        }
    }
    *arguments = table_arguments(uri);
    return *arguments == NULL ? NULL : tool_host_find(offer->host, "describe_table");
}

void
mcp_offer_resources_read(void *context, const struct mcp_request *request,
                         struct mcp_reply *reply)
{
    struct mcp_offer *offer = context;
    json_t *arguments = NULL;
    const char *uri = json_string_value(json_object_get(request->params, "uri"));
    const struct tool *tool = uri == NULL ? NULL : find_tool(offer, uri, &arguments);
    if (tool == NULL) {
        json_decref(arguments);
        rpc_fault_set(&reply->fault, RPC_RESOURCE_NOT_FOUND, "no such resource");
        reply->fault.data = json_pack("{s:s}", "uri", uri == NULL ? "" : uri);
        return;
    }
    json_t *found = mcp_offer_look(offer, tool, arguments, request->exchange, &reply->fault);
    if (found == NULL) {
        reply->fault.data = json_pack("{s:s}", "uri", uri);
        return;
    }
    char *text = json_dumps(found, JSON_COMPACT);
    reply->result = json_pack("{s:[{s:s, s:s, s:s}]}", "contents", "uri", uri, "mimeType",
                              "application/json", "text", text);
    free(text);
    json_decref(found);
}

static bool
is_listed(const json_t *values, const char *word)
{
    size_t index;
    json_t *one;
    json_array_foreach(values, index, one)
    {
        if (strcmp(json_string_value(one), word) == 0) {
            return true;
        }
    }
    return false;
}

enum { COMPLETIONS_MAX = 100 };

/* The names of tables, or of schemas, that begin with what is there so far. */
static void
add_names(json_t *values, const json_t *tables, const char *member, const char *begun)
{
    size_t index;
    json_t *table;
    json_array_foreach(tables, index, table)
    {
        const char *word = json_string_value(json_object_get(table, member));
        if (word != NULL && strncasecmp(word, begun, strlen(begun)) == 0 &&
            json_array_size(values) < COMPLETIONS_MAX && !is_listed(values, word)) {
            json_array_append_new(values, json_string(word));
        }
    }
}

void
mcp_offer_complete(void *context, const struct mcp_request *request, struct mcp_reply *reply)
{
    struct mcp_offer *offer = context;
    const json_t *argument = json_object_get(request->params, "argument");
    const char *name = json_string_value(json_object_get(argument, "name"));
    const char *begun = json_string_value(json_object_get(argument, "value"));
    if (!json_is_object(json_object_get(request->params, "ref")) || name == NULL ||
        begun == NULL) {
        rpc_fault_set(&reply->fault, RPC_INVALID_PARAMS,
                      "\"ref\" and \"argument\" with \"name\" and \"value\" are needed");
        return;
    }
    json_t *values = json_array();
    const struct tool *tool = tool_host_find(offer->host, "list_tables");
    bool is_table = strcmp(name, "table") == 0;
    if (tool != NULL && (is_table || strcmp(name, "schema") == 0)) {
        json_t *found = mcp_offer_look(offer, tool, json_object(), request->exchange,
                                       &reply->fault);
        add_names(values, json_object_get(found, "tables"), is_table ? "name" : "schema",
                  begun);
        json_decref(found);
    }
    reply->result = json_pack("{s:{s:o, s:i, s:b}}", "completion", "values", values, "total",
                              (int)json_array_size(values), "hasMore", 0);
}
