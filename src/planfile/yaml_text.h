/* yaml_text.h — strings as YAML scalars and comments. */
#ifndef PLANFILE_YAML_TEXT_H
#define PLANFILE_YAML_TEXT_H

#include "base/text.h"

/* Plain where YAML reads it back as the same string in any place, else in double
 * quotes. Bytes that are not UTF-8 become \xNN. */
void yaml_add_scalar(struct text *yaml, const char *string);

/* Behind "# ": one line, control characters and broken bytes as '?'. */
void yaml_add_comment(struct text *yaml, const char *string);

#endif
