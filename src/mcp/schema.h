/* schema.h — does a call's value fit its JSON Schema?
 *
 * Knows what our own schemas use: type, anyOf of types, properties, required,
 * additionalProperties: false, items, enum, minimum, maximum, minLength, maxLength, minItems,
 * maxItems. Other words are not looked at. */
#ifndef MCP_SCHEMA_H
#define MCP_SCHEMA_H

#include "base/text.h"

#include <jansson.h>

/* False: `problem` gets one sentence that names the member and what it has to be. */
bool mcp_schema_fits(const json_t *schema, const json_t *value, struct text *problem);

#endif
