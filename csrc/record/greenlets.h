/* Greenlets: stacks that are switched without an event of the interpreter.

   The package greenlet calls a tracer, one function per thread, at every switch. Once
   the program has imported greenlet, threads that run measured code get a tracer of
   ours. It calls the tracer that was there before, and puts it back when it goes. */

#ifndef LINEPROF_RECORD_GREENLETS_H
#define LINEPROF_RECORD_GREENLETS_H

#include "record/recorder.h"

/* What the tracers of one profiler share. */
typedef struct greenlets greenlets;

extern PyType_Spec greenlet_tracer_spec;

/* NULL with an exception set. The recorder is borrowed until close(). */
greenlets *greenlets_open(PyTypeObject *tracer_type, recorder *rec);

/* From now on lines of greenlets that are switched out are suspended, on every thread.
   Never fails; does not change the exception. */
void greenlets_start(greenlets *group);

/* Tracers left on other threads withdraw at their next switch. Never fails; does not
   change the exception. */
void greenlets_stop(greenlets *group);

/* Free a stopped group. */
void greenlets_close(greenlets *group);

#endif
