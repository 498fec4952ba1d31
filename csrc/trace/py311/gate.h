/* Python 3.11: code that is not profiled runs untraced.

   PyEval_SetTrace() makes every line of every function pay. The interpreter looks
   at a switch on the C stack, `cframe->use_tracing`, and a frame evaluator (PEP
   523) may set it for each frame: on for measured code, off for the rest. Off as well
   for the last line of a frame, from where only its end is still to be told
   (line_cost.h), which the evaluator sees by itself: a traced instruction costs several
   times what it costs otherwise. */

#ifndef LINEPROF_TRACE_PY311_GATE_H
#define LINEPROF_TRACE_PY311_GATE_H

#include "code/registry.h"

/* A trace source that has its code let through. */
typedef struct gate_client {
    struct gate_client *next; /* borrowed; of the gate */
    struct evalgate *gate;    /* borrowed; where it was opened, or NULL */
    const registry *codes;    /* borrowed; active entries are let through */

    /* Whether this client's trace function gets the events of the thread. */
    bool (*attached)(struct gate_client *client, PyThreadState *state);

    /* See that it does. Never fails; does not change the exception. */
    void (*attach)(struct gate_client *client, PyThreadState *state);

    /* Whether nobody else wants events of the thread. */
    bool (*quiet)(PyThreadState *state);

    /* A frame has left whose end was taken over, see gate_takes_end(). */
    void (*end)(struct gate_client *client, PyFrameObject *frame, PyCodeObject *code);

    /* Put a trace function back that is out of its place meanwhile: whether there was
       one. And undo that. */
    bool (*step_back)(PyThreadState *state);
    void (*step_aside_again)(PyThreadState *state);
} gate_client;

#if HAVE_EVALGATE

/* 1: the evaluator is in place; 0: another one is, plain tracing has to do; -1
   with an exception set. */
int
gate_open(gate_client *client);

void
gate_close(gate_client *client);

/* A frame that only has to end yet needs no events, for the evaluator sees the end:
   whether it does see the end of this one, and will tell. If so, the caller is to
   switch tracing off for the rest of the frame; the evaluator switches it on for calls
   made from there. */
bool
gate_takes_end(PyThreadState *state, PyFrameObject *frame);

/* Frames that run now on a thread with a trace function get their events, profiled
   or not: they were entered before anybody knew. */
void
gate_flood(gate_client *client, PyThreadState *state);

/* Method of the module: have `watcher` called with the code of each module or script
   from a file as it begins to run; None: no more. False, and nothing is done, if there
   is a watcher already or an evaluator of others. */
PyObject *
gate_watch_modules(PyObject *module, PyObject *watcher);

#endif
#endif
