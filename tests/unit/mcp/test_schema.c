/* test_schema.c — mcp/schema.c. */
#include "mcp/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char schema_text[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"sql\"],\"properties\":"
    "{"
    "\"sql\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":10},"
    "\"n\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":5},"
    "\"x\":{\"type\":\"number\"},"
    "\"yes\":{\"type\":\"boolean\"},"
    "\"form\":{\"type\":\"string\",\"enum\":[\"rows\",\"columns\"]},"
    "\"any\":{},"
    "\"maybe\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]},"
    "\"list\":{\"type\":\"array\",\"maxItems\":2,\"items\":{\"type\":\"object\",\"properties\":"
    "{"
    "\"name\":{\"type\":\"string\"}}}}}}";

static const struct {
    const char *value;
    const char *problem; /* NULL: it fits; else what it has to hold */
} table[] = {
    {"{'sql':'a'}", NULL},
    {"{'sql':'a','n':5,'x':1.5,'yes':true,'form':'rows','any':[{}],'maybe':null}", NULL},
    {"{'sql':'a','n':3.0}", NULL},
    {"{'sql':'a','maybe':'b','list':[{'name':'c'},{}]}", NULL},
    {"{}", "\"sql\" is missing"},
    {"[]", "the arguments has to be object"},
    {"{'sql':1}", "\"sql\" has to be string"},
    {"{'sql':null}", "\"sql\" has to be string"},
    {"{'sql':''}", "\"sql\" is below its minLength of 1"},
    {"{'sql':'01234567890'}", "maxLength of 10"},
    {"{'sql':'a','n':0}", "\"n\" is below its minimum of 1"},
    {"{'sql':'a','n':6}", "maximum of 5"},
    {"{'sql':'a','n':1.5}", "\"n\" has to be integer"},
    {"{'sql':'a','n':'1'}", "\"n\" has to be integer"},
    {"{'sql':'a','x':'1'}", "\"x\" has to be number"},
    {"{'sql':'a','yes':1}", "\"yes\" has to be boolean"},
    {"{'sql':'a','form':'both'}", "\"form\" has to be one of rows, columns"},
    {"{'sql':'a','maybe':7}", "has to be string or null"},
    {"{'sql':'a','list':[{},{},{}]}", "maxItems of 2"},
    {"{'sql':'a','list':[{'name':7}]}", "\"list[0].name\" has to be string"},
    {"{'sql':'a','query':'b'}", "cannot have \"query\"; there is sql n x"},
};

static void
each_value_fits_or_the_problem_names_the_place(void **state)
{
    (void)state;
    json_t *schema = json_loads(schema_text, 0, NULL);
    assert_non_null(schema);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        AUTO_TEXT problem = {0};
        char *spelled = strdup(table[i].value);
        for (char *c = spelled; *c != '\0'; c++) {
            *c = *c == '\'' ? '"' : *c;
        }
        json_t *value = json_loads(spelled, 0, NULL);
        assert_non_null(value);
        bool fits = mcp_schema_fits(schema, value, &problem);
        print_message("# %s: %s\n", spelled, text_string(&problem));
        assert_int_equal(fits, table[i].problem == NULL);
        assert_true(fits || strstr(text_string(&problem), table[i].problem) != NULL);
        json_decref(value);
        free(spelled);
    }
    json_decref(schema);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_fits_or_the_problem_names_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
