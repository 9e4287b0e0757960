/* nulls.h — texts that mean NULL. */
#ifndef VALUE_NULLS_H
#define VALUE_NULLS_H

#include "value/cell.h"
#include "value/type.h"

#include <string.h>

/* Whether the value is one of type->null_texts. */
static inline bool
value_is_null_text(sqlite3_value *value, const struct value_type *type, bool utf16)
{
    if (type->null_texts == NULL || sqlite3_value_type(value) != SQLITE_TEXT) {
        return false;
    }
    struct cell_bytes text = cell_text(value, utf16);
    for (const char *const *null = type->null_texts; *null != NULL; null++) {
        if (strlen(*null) == text.size && memcmp(*null, text.bytes, text.size) == 0) {
            return text.broken_utf16 == 0;
        }
    }
    return false;
}

#endif
