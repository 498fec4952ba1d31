/* A clock of the user's own: a Python callable. */

#ifndef LINEPROF_BASE_TIMER_H
#define LINEPROF_BASE_TIMER_H

#include "base/compat.h"

typedef struct {
    PyObject *function; /* owned; returns int ns; NULL: there is no such clock */
    PyObject *error;    /* owned; what it raised first, or NULL */
    PyObject *owner;    /* borrowed; the profiler, or NULL */
} timer_state;

/* The timer's answer, ns; 0 if it has none. Never raises: the first error is kept.

   The timer may do anything, even close the profiler or drop it. The profiler lives
   until the event at hand is over. */
uint64_t timer_ask(timer_state *timer);

/* Raise the error that was kept: -1 with it set, or 0 if there is none. */
int timer_report(timer_state *timer);

/* Keep the owner alive while Python code may run in the middle of an event. Releasing
   it drops it only after the event. There may be no owner: both handle NULL. */
PyObject *timer_keep_owner(timer_state *timer);
void timer_release_owner(PyObject *owner);

int timer_traverse(timer_state *timer, visitproc visit, void *arg);

void timer_clear(timer_state *timer);

#endif
