/* place.h — where in the plan file something stands. */
#ifndef PLANFILE_PLACE_H
#define PLANFILE_PLACE_H

/* Both from 1; 0: not from a file. */
struct plan_place {
    int line;
    int column;
};

#endif
