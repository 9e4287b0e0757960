/* links.h — symbolic links that lead to a file. */
#ifndef OPERATE_LINKS_H
#define OPERATE_LINKS_H

#include "operate/paths.h"

/* Adds the links that `given` itself is made of (a link may lead to a link), those
 * in the directory of `real`, and, unless `under` is NULL, those anywhere below that
 * directory on the same file system. Links whose names are not UTF-8 are left out.
 * Each is found once, as an absolute name that is not resolved.
 *
 * given: as the person named the file. real: absolute, resolved. Strings live as
 * long as `arena`. Directories that may not be read are passed over; ERROR_SYSTEM
 * only when `under` itself cannot be read, ERROR_STOPPED. */
MUST_USE bool links_find(const char *given, const char *real, const char *under,
                         struct arena *arena, struct paths *links, struct error *err);

/* Whether `path` is a symbolic link that leads to `real`. */
bool link_leads_to(const char *path, const char *real);

#endif
