#include "trace/hook_chain.h"

#include "trace/py311/gate.h"
#include "source.h"

/* Of hooks that are nobody's; never written to. */
static hook_group nobody;

void
hook_group_release(hook_group *group)
{
    if (group != &nobody && --group->references == 0) {
        PyMem_Free(group);
    }
}

#if HAVE_EVALGATE

/* The interpreter switches tracing back on when a trace function returns, if the thread
   has one. So a hook steps aside by taking itself out of `c_tracefunc`; it stays in
   `c_traceobj`, for whoever asks for it, and to be found again. */

void
hook_step_aside(trace_hook *hook, PyFrameObject *frame)
{
    PyThreadState *state = _PyThreadState_UncheckedGet();
    if (hook->previous == NULL && state->c_profilefunc == NULL &&
        state->c_traceobj == (PyObject *)hook && gate_takes_end(state, frame)) {
        state->c_tracefunc = NULL;
        hook->aside = true;
    }
}

bool
hook_step_back(PyThreadState *state)
{
    PyObject *hook = state->c_traceobj;
    if (state->c_tracefunc != NULL || hook == NULL ||
        Py_TYPE(hook)->tp_dealloc != hook_dealloc || !((trace_hook *)hook)->aside) {
        return false;
    }
    state->c_tracefunc = hook_trace;
    ((trace_hook *)hook)->aside = false;
    return true;
}

void
hook_step_aside_again(PyThreadState *state)
{
    if (is_hook(state->c_tracefunc)) {
        state->c_tracefunc = NULL;
        ((trace_hook *)state->c_traceobj)->aside = true;
    }
}

#endif

trace_hook *
hook_find(hook_group *group, PyThreadState *state)
{
    (void)hook_step_back(state);
    Py_tracefunc function = state->c_tracefunc;
    PyObject *arg = state->c_traceobj;
    while (is_hook(function)) {
        trace_hook *hook = (trace_hook *)arg;
        if (hook->group == group) {
            return hook;
        }
        function = hook->previous;
        arg = hook->previous_arg;
    }
    return NULL;
}

/* A hook that nobody has any more may still be needed: CPython 3.11 makes a frame
   object between reading `c_traceobj` and calling the hook, the collector may run then,
   and in it a finalizer that closes the profiler, or other threads that do. And a timer
   that closes it is called by the hook itself. So hooks that go become spare ones,
   linked by `previous_arg`, and are what is placed next; called meanwhile, they do
   nothing, or tell of one event twice. */
void
hook_release(trace_hook *hook)
{
    core_state *state = PyType_GetModuleState(Py_TYPE(hook));
    if (state == NULL || Py_REFCNT(hook) > 1) {
        PyErr_Clear();
        Py_DECREF(hook);
        return;
    }
    hook_group_release(hook->group);
    hook->group = &nobody;
    hook->previous = NULL;
    PyObject *previous_arg = hook->previous_arg;
    hook->previous_arg = state->spare_hook;
    state->spare_hook = (PyObject *)hook;
    Py_XDECREF(previous_arg);
}

#if HAVE_EVALGATE

/* A spare hook that another thread is about to call may be placed, and go with the
   thread it is placed on. So none is freed before the module is. */
bool
hook_revive(trace_hook *hook)
{
    compat_error pending = compat_error_take();
    const core_state *state = PyType_GetModuleState(Py_TYPE(hook));
    PyErr_Clear();
    compat_error_put_back(pending);
    if (state == NULL || state->hook_type == NULL) {
        return false;
    }
    _Py_NewReference((PyObject *)hook);
    hook_release(hook);
    return true;
}

#endif

/* Previous hooks that have stopped have no place in the chain any more. */
void
hook_splice(trace_hook *hook)
{
    while (is_hook(hook->previous) &&
           !((trace_hook *)hook->previous_arg)->group->running) {
        trace_hook *stopped = (trace_hook *)hook->previous_arg;
        hook->previous = stopped->previous;
        hook->previous_arg = Py_XNewRef(stopped->previous_arg);
        hook_release(stopped);
    }
}

static void
set_trace(PyThreadState *state, Py_tracefunc function, PyObject *arg)
{
    compat_error pending = compat_error_take();
#if HAVE_SET_TRACE_OF_THREAD
    if (_PyEval_SetTrace(state, function, arg) < 0) {
        if (PyErr_Occurred()) {
            PyErr_WriteUnraisable(NULL);
        }
        else {
            compat_clear_error_of(state);
        }
    }
#else
    (void)state; /* the current one */
    PyEval_SetTrace(function, arg);
#endif
    compat_error_put_back(pending);
}

trace_hook *
hook_new(hook_group *group)
{
    core_state *state = PyType_GetModuleState(group->type);
    trace_hook *hook = state == NULL ? NULL : (trace_hook *)state->spare_hook;
    if (hook != NULL) {
        state->spare_hook = hook->previous_arg;
        hook->previous_arg = NULL;
        hook->rung = NULL;
        hook->aside = false;
        hook_group_release(hook->group);
    }
    else if ((hook = (trace_hook *)group->type->tp_alloc(group->type, 0)) == NULL) {
        return NULL;
    }
    group->references++;
    hook->group = group;
    return hook;
}

trace_hook *
hook_place(hook_group *group, PyThreadState *state)
{
    (void)hook_step_back(state);
    compat_error pending = compat_error_take();
    PyObject *owner =
        timer_keep_owner(&group->rec->timer); /* an audit hook may drop it */
    trace_hook *hook = (trace_hook *)state->c_traceobj;
    if (hook != NULL && Py_IS_TYPE(hook, group->type) && hook->group == group) {
        Py_INCREF(hook);
    }
    else if ((hook = hook_new(group)) != NULL) {
        hook->previous = state->c_tracefunc;
        hook->previous_arg = Py_XNewRef(state->c_traceobj);
    }
    if (hook == NULL) {
        PyErr_Clear();
    }
    else {
        set_trace(state, hook_trace, (PyObject *)hook);
        Py_DECREF(hook); /* the thread state holds it now */
    }
    compat_error_put_back(pending);
    hook = hook_find(group, state);
    group->rec->short_of_memory |= hook == NULL; /* or an audit hook was against it */
    timer_release_owner(owner);
    return hook;
}

void
hook_withdraw(trace_hook *hook, PyThreadState *state)
{
    Py_INCREF(hook);
    hook_splice(hook);
    set_trace(state, hook->previous, hook->previous_arg);
    hook_release(hook);
}

trace_hook *
hook_have(hook_group *group, PyThreadState *state)
{
    trace_hook *hook = hook_find(group, state);
    return LIKELY(hook != NULL) ? hook : hook_place(group, state);
}

void
hook_tidy(PyThreadState *state)
{
    (void)hook_step_back(state);
    if (is_hook(state->c_tracefunc)) {
        trace_hook *hook = (trace_hook *)state->c_traceobj;
        if (hook->group->running) {
            hook_splice(hook);
        }
        else {
            hook_withdraw(hook, state);
        }
    }
}

bool
hook_is_alone(PyThreadState *state)
{
    Py_tracefunc function = state->c_tracefunc;
    PyObject *arg = state->c_traceobj;
    while (is_hook(function)) {
        function = ((trace_hook *)arg)->previous;
        arg = ((trace_hook *)arg)->previous_arg;
    }
    return function == NULL && state->c_profilefunc == NULL;
}
