/* How fast the processor runs just now.

   A processor whose other half works for somebody else, or whose clock rate is low,
   runs up to twice as long for the same instructions. What an event costs changes with
   it, and so does this. */

#ifndef LINEPROF_BASE_PACE_H
#define LINEPROF_BASE_PACE_H

#include "base/clock.h"
#include "base/compat.h"

/* What the fixed piece of work is done with. */
typedef struct {
    PyObject *names;   /* owned; a tuple of str */
    PyObject *numbers; /* owned; a tuple of int and float */
    PyObject *table;   /* owned; a dict: number of each name */
} pace_things;

/* 0, or -1 with an exception set and nothing to free. */
int pace_init(pace_things *things);

void pace_clear(pace_things *things);

/* Ticks of the processor's counter that a fixed piece of work takes, about a
   microsecond; 0 where there is no counter. Never raises and allocates nothing. */
uint64_t pace_measure(const pace_things *things);

/* How much longer than at pace `from` an event takes at pace `to`, as a factor. Beside
   a busy neighbour, where the fixed piece of work takes 1.6 to 2.2 times as long, what
   events add to programs was 1.75 to 2.1 times as much. */
double pace_ratio(uint64_t from, uint64_t to);

#endif
