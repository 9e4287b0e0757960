/* exit_code.c — see exit_code.h; docs/exit-codes.md is this table. */
#include "base/exit_code.h"

const struct exit_code_entry exit_code_table[] = {
    {EXIT_DONE, "done, and where something was moved: proven"},
    {EXIT_INTERNAL, "outgrow itself is at fault"},
    {EXIT_USAGE,
     "the command line cannot be accepted, or names what the target knows nothing of"},
    {EXIT_SOURCE, "the SQLite file, or a table in it, could not be read"},
    {EXIT_TARGET, "PostgreSQL could not be reached, or refused"},
    {EXIT_SYSTEM, "the operating system refused: disk space, permissions, memory"},
    {EXIT_DIFFERS,
     "done, but the target differs from the source, or an index or constraint failed"},
    {EXIT_SET_ASIDE, "done, with rows or values set aside"},
    {EXIT_NOT_NOW,
     "not yet: a migration is not over or not old enough, a condition of a switch does not "
     "hold, or it took too long; nothing has changed"},
    {EXIT_INTERRUPTED, "interrupted; the same command goes on from there"},
};
const size_t exit_code_count = sizeof exit_code_table / sizeof exit_code_table[0];

enum exit_code
exit_code_of(enum error_kind kind)
{
    switch (kind) {
    case ERROR_USAGE: return EXIT_USAGE;
    case ERROR_SOURCE: return EXIT_SOURCE;
    case ERROR_TARGET: return EXIT_TARGET;
    case ERROR_SYSTEM: return EXIT_SYSTEM;
    case ERROR_MISMATCH: return EXIT_DIFFERS;
    case ERROR_STOPPED: return EXIT_INTERRUPTED;
    case ERROR_NOT_NOW: return EXIT_NOT_NOW;
    case ERROR_NONE:
    case ERROR_INTERNAL: break;
    }
    return EXIT_INTERNAL;
}
