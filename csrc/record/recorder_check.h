/* Is the state of a recorder whole? Builds with assertions ask after each change. */

#ifndef LINEPROF_RECORD_RECORDER_CHECK_H
#define LINEPROF_RECORD_RECORDER_CHECK_H

#include "record/recorder.h"

#ifdef NDEBUG

static inline void
recorder_check(recorder *Py_UNUSED(rec))
{
}

#else

/* Walk the whole state and abort if an invariant does not hold. Most calls return at
   once: a walk takes its turn when as many changes were made as the last walk had
   steps, so that checking costs each change the same, however much there is. */
void
recorder_check(recorder *rec);

/* The walk, now. */
void
recorder_check_now(recorder *rec);

#endif
#endif
