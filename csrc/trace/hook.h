/* The trace function of one thread, among those of others.

   A hook stands where sys.settrace() puts a trace function. It gives each event to the
   callback of its group, and then to the trace function it found in its place, which
   is there again when the hook goes. A hook knows nothing of what is measured.

   sys.gettrace() returns the hook. So a hook can be called as trace functions written
   in Python are, and then puts itself back in place: sys.settrace(sys.gettrace()) is
   harmless. One hook of a group, the mark, belongs to no thread. It sits in `f_trace`
   of frames, so that the next line of a running frame reaches us even if somebody has
   replaced the thread's trace function. */

#ifndef LINEPROF_TRACE_HOOK_H
#define LINEPROF_TRACE_HOOK_H

#include "base/compat.h"
#include "base/timer.h"

typedef struct hook_group hook_group;

typedef struct {
    PyObject_HEAD
    hook_group *group;      /* counted */
    Py_tracefunc previous;  /* trace function of the thread before, or NULL ... */
    PyObject *previous_arg; /* ... and its argument; owned */
    const void *entered;    /* identity; for the group's owner, NULL at first */
    bool aside;             /* not in `c_tracefunc`, see hook_step_aside() */
} trace_hook;

/* Takes what a Py_tracefunc takes. Must not raise; returns 0. Python code that it runs
   may close the group: see `running`. */
typedef int (*hook_callback)(trace_hook *hook, PyFrameObject *frame, int what,
                             PyObject *arg);

/* Whose hooks they are: all borrowed until hook_group_close(). */
typedef struct {
    hook_callback on_event;
    void *owner; /* for the callbacks */

    /* Somebody has replaced the hook of a thread, or removed it. Called in the middle
       of that, must not raise. May be NULL. */
    void (*on_loss)(void *owner);

    timer_state *timer; /* its owner is kept alive while audit hooks run */
    bool *incomplete;   /* set if a hook could not be placed */
} hook_client;

/* What the hooks of one profiler share. */
struct hook_group {
    hook_client client;
    PyTypeObject *type; /* owned; of the hooks; NULL once closed */
    PyObject *mark; /* owned; the hook in `f_trace` of frames, NULL if none is yet */
    PyGetSetDef *f_trace;  /* borrowed; of the frame type */
    Py_ssize_t references; /* the owner and the hooks */
    bool running;          /* if not, hooks withdraw at their next event */
};

extern PyType_Spec hook_spec;

/* NULL with an exception set. */
hook_group *hook_group_new(PyTypeObject *type, const hook_client *client);

/* Hooks that are left do nothing more. */
void hook_group_close(hook_group *group);

/* The group's hook among the trace functions of a thread, or NULL: borrowed. */
trace_hook *hook_find(hook_group *group, PyThreadState *state);

/* The same, placed at need; NULL, with no exception set, if memory is short or an audit
   hook forbids it. Borrowed from the thread state. */
trace_hook *hook_have(hook_group *group, PyThreadState *state);

/* Take a hook that has stopped out of a thread. */
void hook_tidy(PyThreadState *state);

/* Whether no other tool has a trace or profile function on the thread. */
bool hook_is_alone(PyThreadState *state);

/* Put the mark into a frame, for the thread to call it even if somebody replaces its
   trace function while the frame runs. Does nothing where another tool needs the place,
   or a hook on top of this one has taken it. */
void hook_mark_frame(trace_hook *hook, PyFrameObject *frame);

/* -- Stepping aside --------------------------------------------------------------- */

/* The interpreter switches tracing back on when a trace function returns, if the thread
   has one. So a hook that wants no more events of the running frame is taken out of
   `c_tracefunc`. It stays in `c_traceobj`, for whoever asks for it, and to be found
   again. No other tool may want events of the thread: see hook_is_alone(). */
void hook_step_aside(PyThreadState *state);

/* Put a hook that stepped aside back in its place: whether there was one. */
bool hook_step_back(PyThreadState *state);

#endif
