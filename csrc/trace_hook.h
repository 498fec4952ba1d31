/* The trace function of one thread, among those of others.

   A hook is called for every frame of its thread, asks the recorder only about
   measured code, and hands each event on to the trace function it found in its
   place, which is there again when it goes.

   sys.gettrace() returns the hook, so it can be called as trace functions written
   in Python are, and puts itself back in place then: that is what makes
   sys.settrace(sys.gettrace()) harmless. Another, the mark, sits in `f_trace` of
   measured frames, so that we get the next line of the running frame in that way. What
   a hook is placed upon is settled when it is made: replaced, then set again by name,
   it stands where it stood. */

#ifndef LINEPROF_TRACE_HOOK_H
#define LINEPROF_TRACE_HOOK_H

#include "recorder.h"

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
} trace_hook;

extern PyType_Spec trace_hook_spec;

/* NULL with an exception set. */
hook_group *
hook_group_new(PyTypeObject *type, recorder *rec);

/* Hooks that are left do nothing more. */
void
hook_group_close(hook_group *group);

/* The group's hook among the trace functions of a thread, or NULL: borrowed. */
trace_hook *
hook_find(hook_group *group, PyThreadState *state);

/* The same, placed at need; NULL, with no exception set, if memory is short. Borrowed
   from the thread state. */
trace_hook *
hook_have(hook_group *group, PyThreadState *state);

/* Record the entering of a frame, whose CALL event may or may not come as well. */
void
hook_enter(trace_hook *hook, PyFrameObject *frame, PyCodeObject *code, enter_kind kind,
           uint64_t now);

/* Record PyTrace_LINE or PyTrace_RETURN of a frame that no hook was there for. */
void
hook_make_up_for(trace_hook *hook, PyFrameObject *frame, int what);

/* Record the end of a frame whose last line ran untraced: see evalgate.h. */
void
hook_end(hook_group *group, PyFrameObject *frame, PyCodeObject *code);

#if HAVE_EVALGATE
/* Put a hook that stepped aside back in its place: whether there was one. */
bool
hook_step_back(PyThreadState *state);

/* And undo that. */
void
hook_step_aside_again(PyThreadState *state);
#else
#define hook_step_back(state) false
#endif

/* Take a hook that has stopped out of a thread. */
void
hook_tidy(PyThreadState *state);

/* Whether no other tool has a trace or profile function on the thread. */
bool
hook_is_alone(PyThreadState *state);

#endif
