/* state.c — the states of a live move and the steps between them, once; see state.h. */
#include "cutover/state.h"

const struct stance_entry stance_table[STANCE_COUNT] = {
    [STANCE_LOADING] =
        {STANCE_LOADING, "loading", LIVE_LOADING, false, ACCESS_WRITABLE, ACCESS_FENCED,
         "the initial copy is under way", "outgrow sync goes on with it",
         "outgrow sync copies it to the end; outgrow sync --uninstall gives the move up"},
    [STANCE_SYNCING] = {STANCE_SYNCING, "syncing", LIVE_SYNCING, false, ACCESS_WRITABLE,
                        ACCESS_FENCED, "SQLite is primary, rounds bring its changes over",
                        "outgrow sync goes on from the position",
                        "outgrow cutover makes PostgreSQL the primary; outgrow sync "
                        "--uninstall gives the move up"},
    [STANCE_PAUSED] = {STANCE_PAUSED, "paused", LIVE_PAUSED, false, ACCESS_WAITS, ACCESS_FENCED,
                       "a switch holds SQLite's write lock; all changes are in the target",
                       "the lock went with the process: back to syncing",
                       "outgrow cutover goes on with the switch, outgrow cutover --abort goes "
                       "back to syncing"},
    [STANCE_FENCED] = {STANCE_FENCED, "fenced", LIVE_PAUSED, true, ACCESS_FENCED, ACCESS_FENCED,
                       "SQLite refuses writes, PostgreSQL does not take them yet",
                       "outgrow cutover opens PostgreSQL, outgrow cutover --abort goes back to "
                       "SQLite",
                       "outgrow cutover opens PostgreSQL, outgrow cutover --abort goes back to "
                       "SQLite"},
    [STANCE_SWITCHED] =
        {STANCE_SWITCHED, "switched", LIVE_SWITCHED, true, ACCESS_FENCED, ACCESS_WRITABLE,
         "PostgreSQL is primary, rounds back keep SQLite the same",
         "outgrow sync goes on with the rounds back",
         "outgrow return goes back to SQLite, outgrow finish ends the move with PostgreSQL"},
    [STANCE_RETURNING] = {STANCE_RETURNING, "returning", LIVE_RETURNING, true, ACCESS_FENCED,
                          ACCESS_FENCED,
                          "PostgreSQL refuses writes, SQLite has them all and is not open yet",
                          "outgrow return opens SQLite, outgrow return --abort goes back to "
                          "PostgreSQL",
                          "outgrow return opens SQLite, outgrow return --abort goes back to "
                          "PostgreSQL"},
    [STANCE_RETURNED] =
        {STANCE_RETURNED, "returned", LIVE_RETURNING, false, ACCESS_WRITABLE, ACCESS_FENCED,
         "SQLite is open, the row does not say so yet",
         "rounds forward go on by themselves; outgrow return tells the application",
         "outgrow sync goes on with the rounds; then outgrow cutover makes PostgreSQL the "
         "primary again"},
    [STANCE_FINISHED] =
        {STANCE_FINISHED, "finished", LIVE_FINISHED, true, ACCESS_FENCED, ACCESS_WRITABLE,
         "PostgreSQL is primary for good", "outgrow finish removes what is left of capture",
         "it has ended: the file is an archive now, and PostgreSQL has the data"},
    [STANCE_ENDED] = {STANCE_ENDED, "ended", LIVE_STATE_COUNT, false, ACCESS_WRITABLE,
                      ACCESS_FENCED, "given up before any switch; the target is a fenced copy",
                      "nothing is left to do", "outgrow sync begins a move anew"},
    [STANCE_TORN] =
        {STANCE_TORN, "torn", LIVE_STATE_COUNT, true, ACCESS_FENCED, ACCESS_FENCED,
         "the two sides contradict each other: one was restored or changed by hand",
         "nothing is done unasked: the fences are looked at and put up again by "
         "outgrow cutover or outgrow return",
         "outgrow cutover, or outgrow return, puts the fences up again and says what it found"},
};

const struct transition transition_table[EVENT_COUNT] = {
    [EVENT_LOADED] =
        {EVENT_LOADED, "loaded", STANCE_LOADING, STANCE_SYNCING, SIDE_TARGET, true,
         "capture in SQLite; every row in the target, compared; the target's fence",
         "loading: the copy goes on where it was"},
    [EVENT_PAUSE] = {EVENT_PAUSE, "pause", STANCE_SYNCING, STANCE_PAUSED, SIDE_TARGET, false,
                     "nothing: SQLite's write lock is held, the last round and its position "
                     "are in this very commit",
                     "syncing, or paused without a lock: the application goes on either way"},
    [EVENT_UNPAUSE] = {EVENT_UNPAUSE, "unpause", STANCE_PAUSED, STANCE_SYNCING, SIDE_TARGET,
                       true, "SQLite's transaction is rolled back, the fence never was",
                       "paused: the same again"},
    [EVENT_FENCE] = {EVENT_FENCE, "fence", STANCE_PAUSED, STANCE_FENCED, SIDE_SOURCE, false,
                     "the pause's commit in the target",
                     "paused or fenced: the file's schema says which"},
    [EVENT_OPEN] = {EVENT_OPEN, "open", STANCE_FENCED, STANCE_SWITCHED, SIDE_TARGET, false,
                    "the fence, flushed to disk and out of the -wal",
                    "fenced: nobody writes, and the same command goes on"},
    [EVENT_UNFENCE] = {EVENT_UNFENCE, "unfence", STANCE_FENCED, STANCE_PAUSED, SIDE_SOURCE,
                       false, "nothing: the target's fence never came down",
                       "fenced or paused"},
    [EVENT_CLOSE] =
        {EVENT_CLOSE, "close", STANCE_SWITCHED, STANCE_RETURNING, SIDE_TARGET, false,
         "all changes of the target, in SQLite behind its fence; the tables are "
         "locked against writers until this commit",
         "switched: the changes stand in the log still and are applied again, which "
         "does no harm"},
    [EVENT_REOPEN] = {EVENT_REOPEN, "reopen", STANCE_RETURNING, STANCE_SWITCHED, SIDE_TARGET,
                      false, "SQLite's fence, which never came down", "returning"},
    [EVENT_LOWER] = {EVENT_LOWER, "lower", STANCE_RETURNING, STANCE_RETURNED, SIDE_SOURCE,
                     false, "the target's fence",
                     "returning or returned: the file's schema says which"},
    [EVENT_RESUME] = {EVENT_RESUME, "resume", STANCE_RETURNED, STANCE_SYNCING, SIDE_TARGET,
                      true, "SQLite without a fence; its log has what was written since",
                      "returned: the same again"},
    [EVENT_FINISH] = {EVENT_FINISH, "finish", STANCE_SWITCHED, STANCE_FINISHED, SIDE_TARGET,
                      false, "the archive of the source",
                      "switched, or finished with leftovers that the same command removes"},
    [EVENT_GIVE_UP_SYNC] = {EVENT_GIVE_UP_SYNC, "give up", STANCE_SYNCING, STANCE_ENDED,
                            SIDE_TARGET, false, "capture is out of SQLite",
                            "syncing without capture, so rounds stop: the same command again"},
    [EVENT_GIVE_UP_LOADING] = {EVENT_GIVE_UP_LOADING, "give up", STANCE_LOADING, STANCE_ENDED,
                               SIDE_TARGET, false, "capture is out of SQLite",
                               "loading without capture: the same command again"},
};

enum stance
stance_of(enum live_state row, bool source_fenced)
{
    /* The row may say "fenced" where a process took the time to write it. */
    enum live_state written = row == LIVE_FENCED ? LIVE_PAUSED : row;
    if (row == LIVE_FENCED && !source_fenced) {
        return STANCE_PAUSED;
    }
    for (enum stance i = 0; i < STANCE_TORN; i++) {
        if (stance_table[i].row == written && stance_table[i].source_fenced == source_fenced) {
            return i;
        }
    }
    return STANCE_TORN;
}

bool
stance_allows(enum stance stance, enum cutover_event event, struct error *err)
{
    const struct transition *step = &transition_table[event];
    const struct stance_entry *entry = &stance_table[stance];
    if (step->from == stance) {
        return true;
    }
    error_set(err, ERROR_USAGE, "cannot %s: the move is %s, not %s (%s)", step->name,
              entry->name, stance_table[step->from].name, entry->meaning);
    return error_hint(err, "%s", entry->ways);
}
