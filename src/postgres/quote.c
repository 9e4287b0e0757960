/* quote.c — names and literals as SQL text. */
#include "postgres/target.h"

#include <stdlib.h>
#include <string.h>

/* Key words that cannot stand for every kind of name without quotes: reserved
 * ones, and those that cannot name a column or a function or type, of any server
 * from 13 to 18 (pg_get_keywords(), catcode R, C, T). Sorted, for bsearch. */
static const char *const keywords[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
};

static int
compare_keyword(const void *name, const void *keyword)
{
    return strcmp(name, *(const char *const *)keyword);
}

/* What PostgreSQL's own quote_ident() leaves alone. */
static bool
is_plain_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    static const char letters_digits[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
    if (name[0] == '\0' || strchr(letters, name[0]) == NULL) {
        return false;
    }
    if (name[strspn(name, letters_digits)] != '\0') {
        return false;
    }
    return bsearch(name, keywords, sizeof keywords / sizeof keywords[0], sizeof keywords[0],
                   compare_keyword) == NULL;
}

/* Adds `string` in quotes, with every `doubled` character twice. */
static void
add_quoted(struct text *sql, const char *string, char quote, const char *doubled)
{
    text_add_char(sql, quote);
    while (*string != '\0') {
        size_t plain = strcspn(string, doubled);
        text_add_bytes(sql, string, plain);
        string += plain;
        if (*string != '\0') {
            text_add_char(sql, *string);
            text_add_char(sql, *string);
            string++;
        }
    }
    text_add_char(sql, quote);
}

void
target_quote_name(struct text *sql, const char *name)
{
    if (is_plain_name(name)) {
        text_add(sql, name);
    } else {
        add_quoted(sql, name, '"', "\"");
    }
}

void
target_quote_qualified(struct text *sql, const char *schema, const char *name)
{
    target_quote_name(sql, schema);
    text_add_char(sql, '.');
    target_quote_name(sql, name);
}

void
target_quote_literal(struct text *sql, const char *string)
{
    if (strchr(string, '\\') != NULL) {
        text_add_char(sql, 'E');
        add_quoted(sql, string, '\'', "'\\");
    } else {
        add_quoted(sql, string, '\'', "'");
    }
}

void
target_array_add(struct text *array, const char *element)
{
    text_add_char(array, array->length == 0 ? '{' : ',');
    if (element == NULL) {
        text_add(array, "NULL");
        return;
    }
    text_add_char(array, '"');
    while (*element != '\0') {
        size_t plain = strcspn(element, "\"\\");
        text_add_bytes(array, element, plain);
        element += plain;
        if (*element != '\0') {
            text_add_char(array, '\\');
            text_add_char(array, *element++);
        }
    }
    text_add_char(array, '"');
}

const char *
target_array_end(struct text *array)
{
    text_add(array, array->length == 0 ? "{}" : "}");
    return text_string(array);
}
