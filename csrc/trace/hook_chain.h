/* Hooks in their places: trace functions of threads, on top of what was there before,
   and of one another. What they do with events is in trace_hook.h. */

#ifndef LINEPROF_TRACE_HOOK_CHAIN_H
#define LINEPROF_TRACE_HOOK_CHAIN_H

#include "record/recorder.h"

/* What the hooks of one profiler share. */
typedef struct hook_group {
    recorder *rec;      /* borrowed; NULL once the source has closed */
    PyTypeObject *type; /* owned; of the hooks */
    PyObject *mark; /* owned; the hook in `f_trace` of frames, NULL if none is yet */
    PyGetSetDef *f_trace;  /* borrowed; of the frame type */
    Py_ssize_t references; /* the source and the hooks */
    bool running;          /* if not, hooks withdraw at their next event */

    /* Somebody has replaced the hook of a thread, or removed it: called in the middle
       of that, must not raise. May be NULL. */
    void (*on_loss)(struct hook_group *group);
    void *owner; /* borrowed; for on_loss */
} hook_group;

typedef struct {
    PyObject_HEAD
    hook_group *group;      /* counted */
    Py_tracefunc previous;  /* trace function of the thread before, or NULL ... */
    PyObject *previous_arg; /* ... and its argument; owned */
    const void *rung;       /* frame entered by hook_enter(); CALL may still come */
    bool aside;             /* out of its place, see hook_step_aside() */
} trace_hook;

/* What is in `c_tracefunc` where a hook is in `c_traceobj`; and what tells a hook from
   other objects. Defined in trace_hook.c. */
int
hook_trace(PyObject *self, PyFrameObject *frame, int what, PyObject *arg);
void
hook_dealloc(PyObject *self);

static inline bool
is_hook(Py_tracefunc function)
{
    return function == hook_trace;
}

/* Count down hook_group.references. */
void
hook_group_release(hook_group *group);

/* The group's hook among the trace functions of a thread, or NULL: borrowed. */
trace_hook *
hook_find(hook_group *group, PyThreadState *state);

/* The same, placed at need; NULL, with no exception set, if memory is short. Borrowed
   from the thread state. */
trace_hook *
hook_have(hook_group *group, PyThreadState *state);

/* Place a hook of the group on top of what is in place now, or put back the one that
   was set by name. NULL, with no exception set, if memory is short. Borrowed from the
   thread state. */
trace_hook *
hook_place(hook_group *group, PyThreadState *state);

/* A hook of the group that is not in place; NULL, with an exception set, if memory is
   short. */
trace_hook *
hook_new(hook_group *group);

/* Give up a reference to a hook. */
void
hook_release(trace_hook *hook);

#if HAVE_EVALGATE
/* A hook has no references left: whether it lives on, as a spare one. */
bool
hook_revive(trace_hook *hook);
#else
#define hook_revive(hook) false
#endif

/* Take out of the chain below a hook what has stopped. */
void
hook_splice(trace_hook *hook);

/* Take a hook out of the thread whose trace function it is. */
void
hook_withdraw(trace_hook *hook, PyThreadState *state);

/* Take a hook that has stopped out of a thread. */
void
hook_tidy(PyThreadState *state);

/* Whether no other tool has a trace or profile function on the thread. */
bool
hook_is_alone(PyThreadState *state);

#if HAVE_EVALGATE
/* The frame is in its last line: have the rest of it run untraced, if that can be. */
void
hook_step_aside(trace_hook *hook, PyFrameObject *frame);

/* Put a hook that stepped aside back in its place: whether there was one. */
bool
hook_step_back(PyThreadState *state);

/* And undo that. */
void
hook_step_aside_again(PyThreadState *state);
#else
#define hook_step_back(state) false
#endif

#endif
