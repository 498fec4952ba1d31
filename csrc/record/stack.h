/* Opening and closing the top of a thread's stack of activations. */

#ifndef LINEPROF_RECORD_STACK_H
#define LINEPROF_RECORD_STACK_H

#include "base/clock.h"
#include "record/threads.h"

#include <assert.h>

/* Open the top activation: it is entered now. */
static inline void
stack_open(thread_record *thread, uint64_t now)
{
    activation *act = thread->top;
    assert(act > thread->stack && act < thread->limit);
    line_cell *caller = (act - 1)->cell;
    if (caller != NULL) {
        caller->calling++;
    }
    act->function->open++;
    if (act->edge != NULL) {
        act->edge->open++;
    }
    act->entered = now;
    act->entered_cost = thread->cost;
}

/* Close the top activation; the one below is top then. */
static inline void
stack_close(thread_record *thread, uint64_t now)
{
    assert(thread->top > thread->stack);
    activation *act = thread->top--;
    uint64_t time = ticks_between(act->entered, now);
    uint64_t cost = thread->cost - act->entered_cost;
    function_record *function = act->function;
    assert(function->open > 0);
    if (--function->open == 0) {
        function->total += time;
        function->cost += cost;
    }
    call_edge *edge = act->edge;
    assert(edge == NULL || edge->open > 0);
    if (edge != NULL && --edge->open == 0) {
        edge->total += time;
        edge->cost += cost;
    }
    line_cell *caller = thread->top->cell;
    assert(caller == NULL || caller->calling > 0);
    if (caller != NULL && --caller->calling == 0) {
        caller->nested += time;
        caller->nested_cost += cost;
    }
}

#endif
