/* The record of one thread, and its stack of activations. */

#ifndef LINEPROF_RECORD_STACK_H
#define LINEPROF_RECORD_STACK_H

#include "base/clock.h"
#include "code/registry.h"
#include "record/framemap.h"
#include "record/linetable.h"

#include <assert.h>

/* Numbers of one function on one thread. */
typedef struct {
    registry_entry *entry; /* borrowed from the registry */
    linetable *lines;      /* owned */
    uint64_t calls;
    uint64_t total; /* ticks, outermost activations */
    uint64_t cost;  /* ticks of total that events took */
    uint32_t open;  /* its activations on the stack */
} function_record;

/* One run of a frame, from enter to leave. */
typedef struct {
    const void *frame;         /* identity, never dereferenced */
    function_record *function; /* borrowed from the thread */
    linetable *lines;          /* borrowed from the function */
    line_cell *cell;           /* borrowed from the function; NULL: no line is open */
    call_edge *edge;           /* borrowed from the caller's cell; NULL: none */
    uint64_t entered;          /* ticks when the frame was entered */
    uint64_t entered_cost;     /* thread's cost then */
    int at;        /* line of the instruction executed last, as far as recorder_arrive()
                  and recorder_set_at() were told; 0: none */
    uint32_t slot; /* where the frame is in recorder.suspended, see framemap.h; 0: it
                      was never suspended */
} activation;

/* Activations of a greenlet that is switched out; closed when it was left. */
typedef struct {
    Py_ssize_t count;
    activation activations[]; /* the outermost first */
} parked_stack;

typedef struct thread_record {
    struct thread_record *next;    /* owned */
    shard *shard;                  /* borrowed; where its numbers are kept */
    unsigned long ident;           /* as threading.get_ident(); 0: the sum of many */
    uint64_t state_id;             /* of its Python thread state, never used twice */
    bool ended;                    /* no events will come any more */
    bool traced;                   /* a tracer of ours hears of greenlet switches ... */
    bool preparing;                /* ... or is being placed */
    const void *greenlet;          /* identity; the one that runs, NULL: not known */
    framemap parked;               /* greenlet -> parked_stack, owned */
    activation *stack;             /* owned; stack[0] stands for "nothing measured" */
    activation *top;               /* in stack */
    activation *limit;             /* end of stack */
    uint64_t last;                 /* ticks at the last event */
    uint64_t cost;                 /* ticks that all events took */
    function_record **functions;   /* owned, by registry index, NULL where unused */
    Py_ssize_t room;               /* size of functions */
    const PyCodeObject *last_code; /* borrowed; looked up last, measured ... */
    function_record *last_function; /* ... and what was found */
    const PyCodeObject *last_miss;  /* identity; looked up last, not measured */
} thread_record;

/* Whether an activation of a function on top of `depth` others is not to be measured.
 */
static inline bool
thread_leaves_out(const registry_entry *entry, Py_ssize_t depth)
{
    return UNLIKELY(!entry->active || (entry->beneath && depth == 0));
}

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
