/* What a trace function is not told: whether a frame begins or comes back, and whether
   it ends or is suspended. */

#ifndef LINEPROF_TRACE_FRAME_STATE_H
#define LINEPROF_TRACE_FRAME_STATE_H

#include "record/recorder.h"

/* Code whose frames may be suspended. */
#define GENERATOR_FLAGS (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)

/* Of a frame of such code that is entered. */
enter_kind
frame_state_enter(PyFrameObject *frame, PyCodeObject *code);

/* Of a frame that is left: with `arg`, NULL if by an exception. One that suspends
   itself stands at the yield, from 3.13 on at the RESUME behind it. */
leave_kind
frame_state_leave(PyFrameObject *frame, PyCodeObject *code, PyObject *arg);

#endif
