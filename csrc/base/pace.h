/* How fast the processor runs just now.

   A processor whose other half works for somebody else, or whose clock rate is low,
   runs up to twice as long for the same instructions. What an event costs changes with
   it, and so does this. */

#ifndef LINEPROF_BASE_PACE_H
#define LINEPROF_BASE_PACE_H

#include "base/clock.h"

/* Ticks of the processor's counter that a fixed piece of work takes, about half a
   microsecond; 0 where there is no counter. */
uint64_t pace_measure(void);

/* How much longer than at pace `from` an event takes at pace `to`, as a factor. A busy
   neighbour slows the fixed piece of work down by up to 2, and what events add to
   programs by 1.5 to 1.9. */
double pace_ratio(uint64_t from, uint64_t to);

#endif
