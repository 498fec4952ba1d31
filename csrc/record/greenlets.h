/* Greenlets switch the stack under the interpreter's feet, and no event says so. The
   package greenlet tells a tracer, one function per thread, of every switch: it is
   placed on threads that run measured code, once greenlet is there, and hands on to the
   tracer it found in its place, which is there again when it goes. */

#ifndef LINEPROF_RECORD_GREENLETS_H
#define LINEPROF_RECORD_GREENLETS_H

#include "record/recorder.h"

/* What the tracers of one profiler share. */
typedef struct greenlets greenlets;

extern PyType_Spec greenlet_tracer_spec;

/* NULL with an exception set. The recorder is borrowed until close(). */
greenlets *
greenlets_open(PyTypeObject *tracer_type, recorder *rec);

/* Suspend the numbers of greenlets that are switched out, on every thread. Never fails;
   does not change the exception. */
void
greenlets_start(greenlets *group);

/* Tracers of other threads that are left withdraw at their next switch. Never fails;
   does not change the exception. */
void
greenlets_stop(greenlets *group);

/* Free a stopped group. */
void
greenlets_close(greenlets *group);

#endif
