/* What no trace event says: whether a frame begins or comes back, and whether it ends
   or is suspended. */

#ifndef LINEPROF_TRACE_FRAME_STATE_H
#define LINEPROF_TRACE_FRAME_STATE_H

#include "record/recorder.h"

/* Code whose frames may be suspended. */
#define GENERATOR_FLAGS (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)

/* How a frame of such code is entered. */
enter_kind frame_state_enter(PyFrameObject *frame, PyCodeObject *code);

/* How a frame is left. `arg` is what it returns or yields, NULL if an exception leaves
   it. */
leave_kind frame_state_leave(PyFrameObject *frame, PyCodeObject *code, PyObject *arg);

#endif
