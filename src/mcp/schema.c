/* schema.c — see schema.h. */
#include "mcp/schema.h"

#include "base/json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where in the value we are, as "columns[2].name". */
struct place {
    const struct place *outer;
    const char *member; /* NULL: an item */
    size_t index;
};

static void
add_place(struct text *out, const struct place *place)
{
    if (place == NULL) {
        return;
    }
    add_place(out, place->outer);
    if (place->member == NULL) {
        text_printf(out, "[%zu]", place->index);
    } else {
        text_printf(out, "%s%s", place->outer == NULL ? "" : ".", place->member);
    }
}

static bool
refuse(struct text *problem, const struct place *place, const char *what)
{
    if (place == NULL) {
        text_add(problem, "the arguments");
    } else {
        text_add_char(problem, '"');
        add_place(problem, place);
        text_add_char(problem, '"');
    }
    text_printf(problem, " %s", what);
    return false;
}

static bool
is_whole(const json_t *value)
{
    if (json_is_real(value)) {
        double real = json_real_value(value);
        return trunc(real) == real; /* 3.0 is an integer to JSON Schema */
    }
    return json_is_integer(value);
}

static bool
is_of_type(const char *type, const json_t *value)
{
    static const struct {
        const char *word;
        json_type type;
    } plain[] = {{"object", JSON_OBJECT},
                 {"array", JSON_ARRAY},
                 {"string", JSON_STRING},
                 {"null", JSON_NULL}};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (strcmp(plain[i].word, type) == 0) {
            return json_typeof(value) == plain[i].type;
        }
    }
    if (strcmp(type, "boolean") == 0) {
        return json_is_boolean(value);
    }
    return strcmp(type, "integer") == 0 ? is_whole(value) : json_is_number(value);
}

static bool
check_type(const json_t *schema, const json_t *value, struct text *problem,
           const struct place *place)
{
    AUTO_TEXT wanted = {0};
    const char *type = json_string_value(json_object_get(schema, "type"));
    if (type == NULL || is_of_type(type, value)) {
        return true;
    }
    text_printf(&wanted, "has to be %s", type);
    return refuse(problem, place, text_string(&wanted));
}

static bool
check_enum(const json_t *schema, const json_t *value, struct text *problem,
           const struct place *place)
{
    const json_t *words = json_object_get(schema, "enum");
    AUTO_TEXT wanted = {0};
    size_t index;
    json_t *word;
    text_add(&wanted, "has to be one of ");
    json_array_foreach(words, index, word)
    {
        if (json_equal(word, value)) {
            return true;
        }
        text_printf(&wanted, "%s%s", index == 0 ? "" : ", ",
                    json_is_string(word) ? json_string_value(word) : "null");
    }
    return words == NULL || refuse(problem, place, text_string(&wanted));
}

/* What a limit is held against: the number, the characters, the items. */
static bool
measure(const json_t *value, const char **least, const char **most, double *size)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER:
    case JSON_REAL:
        *least = "minimum";
        *most = "maximum";
        *size = json_number_value(value);
        return true;
    case JSON_STRING:
        *least = "minLength";
        *most = "maxLength";
        *size = (double)json_string_length(value);
        return true;
    case JSON_ARRAY:
        *least = "minItems";
        *most = "maxItems";
        *size = (double)json_array_size(value);
        return true;
    case JSON_OBJECT:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL: break;
    }
    return false;
}

static bool
check_limits(const json_t *schema, const json_t *value, struct text *problem,
             const struct place *place)
{
    AUTO_TEXT wanted = {0};
    const char *least;
    const char *most;
    double size;
    if (!measure(value, &least, &most, &size)) {
        return true;
    }
    const json_t *low = json_object_get(schema, least);
    const json_t *high = json_object_get(schema, most);
    if (low != NULL && size < json_number_value(low)) {
        text_printf(&wanted, "is below its %s of %g", least, json_number_value(low));
    } else if (high != NULL && size > json_number_value(high)) {
        text_printf(&wanted, "is beyond its %s of %g", most, json_number_value(high));
    }
    return wanted.length == 0 || refuse(problem, place, text_string(&wanted));
}

static bool check(const json_t *schema, const json_t *value, struct text *problem,
                  const struct place *place);

/* One of several; each is no more than a type. */
static bool
check_any(const json_t *schema, const json_t *value, struct text *problem,
          const struct place *place)
{
    AUTO_TEXT wanted = {0};
    const json_t *branches = json_object_get(schema, "anyOf");
    bool fits = branches == NULL;
    size_t index;
    json_t *branch;
    text_add(&wanted, "has to be ");
    json_array_foreach(branches, index, branch)
    {
        const char *type = json_string_value(json_object_get(branch, "type"));
        fits = fits || is_of_type(type, value);
        text_printf(&wanted, "%s%s", index == 0 ? "" : " or ", type);
    }
    return fits || refuse(problem, place, text_string(&wanted));
}

static bool
refuse_unknown(const json_t *properties, const char *key, struct text *problem,
               const struct place *place)
{
    AUTO_TEXT what = {0};
    const char *name;
    json_t *ignored;
    text_printf(&what, "cannot have \"%s\"; there is", key);
    if (json_object_size(properties) == 0) {
        text_add(&what, " none");
    }
    json_object_foreach(json_unconst(properties), name, ignored)
    {
        text_printf(&what, " %s", name);
    }
    return refuse(problem, place, text_string(&what));
}

static bool
check_members(const json_t *schema, const json_t *value, struct text *problem,
              const struct place *place)
{
    const json_t *properties = json_object_get(schema, "properties");
    bool closed = json_is_false(json_object_get(schema, "additionalProperties"));
    const char *key;
    json_t *inside;
    size_t index;
    json_t *needed;
    json_array_foreach(json_object_get(schema, "required"), index, needed)
    {
        if (json_object_get(value, json_string_value(needed)) == NULL) {
            struct place missing = {place, json_string_value(needed), 0};
            return refuse(problem, &missing, "is missing");
        }
    }
    json_object_foreach(json_unconst(value), key, inside)
    {
        struct place member = {place, key, 0};
        const json_t *its = json_object_get(properties, key);
        if (its == NULL && closed) {
            return refuse_unknown(properties, key, problem, place);
        }
        if (its != NULL && !check(its, inside, problem, &member)) {
            return false;
        }
    }
    return true;
}

static bool
check_items(const json_t *schema, const json_t *value, struct text *problem,
            const struct place *place)
{
    const json_t *items = json_object_get(schema, "items");
    size_t index;
    json_t *one;
    json_array_foreach(value, index, one)
    {
        struct place item = {place, NULL, index};
        if (items != NULL && !check(items, one, problem, &item)) {
            return false;
        }
    }
    return true;
}

static bool
check(const json_t *schema, const json_t *value, struct text *problem,
      const struct place *place)
{
    return check_type(schema, value, problem, place) &&
           check_any(schema, value, problem, place) &&
           check_enum(schema, value, problem, place) &&
           check_limits(schema, value, problem, place) &&
           (!json_is_object(value) || check_members(schema, value, problem, place)) &&
           (!json_is_array(value) || check_items(schema, value, problem, place));
}

bool
mcp_schema_fits(const json_t *schema, const json_t *value, struct text *problem)
{
    return check(schema, value, problem, NULL);
}
