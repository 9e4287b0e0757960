/* back_room.h — how far the log of the way back may grow, and what follows when it may not.
 *
 * The entries of a source are numbered by a sequence of its own, outgrow.back_n_ID. A trigger that
 * comes behind outgrow.back_room.upto marks another sequence, outgrow.back_full_ID, as called: what
 * is read of a sequence is what it is now, in every snapshot. From then on changes are not logged,
 * and applications go on. Before the log takes changes again, it is noted that all tables have to
 * be read whole, and behind that, which transactions may have found it full: the reading has to
 * wait for their end. */
#ifndef POSTGRES_BACK_ROOM_H
#define POSTGRES_BACK_ROOM_H

#include "postgres/target.h"

struct back_room {
    bool there;      /* the way back was made ready */
    int64_t waiting; /* entries since the last round, about */
    bool full;       /* changes are not logged */
    bool whole;      /* all tables have to be read whole; also when it is full */
    bool named;      /* of `whole`: it is noted who may have found it full */
    bool settled;    /* of `whole`: nobody who found it full is under way any more */
};

/* In a transaction, behind its snapshot: what that shows and the log lacks was found full by then. */
MUST_USE bool back_room_read(PGconn *conn, int64_t live_id, struct back_room *room,
                             struct error *err);

/* All in the caller's open transaction. max_rows 0: any number. */
MUST_USE bool back_room_install(PGconn *conn, int64_t live_id, int64_t max_rows,
                                struct error *err);
MUST_USE bool back_room_remove(PGconn *conn, int64_t live_id, struct error *err);
/* A round took what was there; whole: all tables were read. */
MUST_USE bool back_room_take(PGconn *conn, int64_t live_id, int64_t max_rows, bool whole,
                             struct error *err);

/* The log takes changes again. conn: idle; in transactions of its own; after a crash in between,
 * once more. */
MUST_USE bool back_room_reopen(PGconn *conn, int64_t live_id, int64_t max_rows,
                               struct error *err);

#endif
