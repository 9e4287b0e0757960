/* bookkeeping.h — tables in which migration tools remember what they did. */
#ifndef EXISTING_BOOKKEEPING_H
#define EXISTING_BOOKKEEPING_H

/* The tool whose table this is, by its name in any case ("Django"); NULL: an ordinary table.
 * Such tables tell the state of one schema, so the target keeps its own. Static. */
const char *bookkeeping_tool(const char *table);

#endif
