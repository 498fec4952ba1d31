/* Python 3.11: code that is not profiled runs untraced.

   PyEval_SetTrace() makes every line of every function pay. The interpreter looks
   at a switch on the C stack, `cframe->use_tracing`, and a frame evaluator (PEP
   523) may set it for each frame: on for measured code, off for the rest. */

#ifndef LINEPROF_EVALGATE_H
#define LINEPROF_EVALGATE_H

#include "registry.h"

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
} gate_client;

#if HAVE_EVALGATE

/* 1: the evaluator is in place; 0: another one is, plain tracing has to do; -1
   with an exception set. */
int
evalgate_open(gate_client *client);

void
evalgate_close(gate_client *client);

/* Frames that run now on a thread with a trace function get their events, profiled
   or not: they were entered before anybody knew. */
void
evalgate_flood(gate_client *client, PyThreadState *state);

#endif
#endif
