#include "trace/hook.h"

#include "state.h"

#include <string.h>

/* Group of hooks that are nobody's; never written to. */
static hook_group nobody;

/* What is in `c_tracefunc` where a hook is in `c_traceobj`. */
static int hook_trace(PyObject *self, PyFrameObject *frame, int what, PyObject *arg);
static void hook_dealloc(PyObject *self);

static inline bool
is_hook(Py_tracefunc function)
{
    return function == hook_trace;
}

/* The hook that an object is, of whatever interpreter; NULL if it is none, or NULL. */
static trace_hook *
hook_of(PyObject *object)
{
    bool found = object != NULL && Py_TYPE(object)->tp_dealloc == hook_dealloc;
    return found ? (trace_hook *)object : NULL;
}

/* The hook below another one, or NULL. */
static trace_hook *
hook_below(const trace_hook *hook)
{
    assert(!is_hook(hook->previous) || hook_of(hook->previous_arg) != NULL);
    return is_hook(hook->previous) ? (trace_hook *)hook->previous_arg : NULL;
}

/* The hook that is the trace function of a thread, or NULL. */
static trace_hook *
hook_on_top(PyThreadState *state)
{
    assert(!is_hook(state->c_tracefunc) || hook_of(state->c_traceobj) != NULL);
    return is_hook(state->c_tracefunc) ? (trace_hook *)state->c_traceobj : NULL;
}

static void
release_group(hook_group *group)
{
    assert(group == &nobody || group->references > 0);
    if (group != &nobody && --group->references == 0) {
        assert(group->type == NULL); /* closed */
        PyMem_Free(group);
    }
}

/* -- Spare hooks ------------------------------------------------------------------ */

/* A hook that nobody has any more may still be needed. CPython 3.11 makes a frame
   object between reading `c_traceobj` and calling the hook; the collector may run then,
   and a finalizer or another thread may close the profiler meanwhile. A timer that
   closes it is called by the hook itself. So hooks that go become spare ones, linked by
   `previous_arg`, and are the next to be placed. Called meanwhile, they do nothing, or
   tell of one event twice. */

/* A hook of the group that is not in place; NULL, with an exception set, if memory is
   short. */
static trace_hook *
hook_new(hook_group *group)
{
    core_state *state = PyType_GetModuleState(group->type);
    trace_hook *hook = state == NULL ? NULL : (trace_hook *)state->spare_hook;
    if (hook != NULL) {
        assert(hook->group == &nobody && hook->previous == NULL);
        state->spare_hook = hook->previous_arg;
        hook->previous_arg = NULL;
        hook->entered = NULL;
        hook->aside = false;
    }
    else if ((hook = (trace_hook *)group->type->tp_alloc(group->type, 0)) == NULL) {
        return NULL;
    }
    group->references++;
    hook->group = group;
    return hook;
}

/* Give up a reference to a hook. */
static void
hook_release(trace_hook *hook)
{
    core_state *state = PyType_GetModuleState(Py_TYPE(hook));
    if (state == NULL || Py_REFCNT(hook) > 1) {
        PyErr_Clear();
        Py_DECREF(hook);
        return;
    }
    release_group(hook->group);
    hook->group = &nobody;
    hook->previous = NULL;
    PyObject *previous_arg = hook->previous_arg;
    hook->previous_arg = state->spare_hook;
    state->spare_hook = (PyObject *)hook;
    Py_XDECREF(previous_arg);
}

/* A hook has no references left: whether it lives on, as a spare one. Another thread
   may be about to call a spare hook that was placed meanwhile, and goes with the thread
   it was placed on. So where that can be, none is freed before the module is. */
static bool
hook_revive(trace_hook *hook)
{
    if (!TRACE_CALL_COLLECTS) {
        return false;
    }
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

/* -- In and out of a thread ------------------------------------------------------- */

trace_hook *
hook_find(hook_group *group, PyThreadState *state)
{
    (void)hook_step_back(state);
    trace_hook *hook = hook_on_top(state);
    while (hook != NULL && hook->group != group) {
        hook = hook_below(hook);
    }
    return hook;
}

/* Take hooks that have stopped out of the chain below a hook. */
static void
hook_splice(trace_hook *hook)
{
    trace_hook *below;
    while ((below = hook_below(hook)) != NULL && !below->group->running) {
        hook->previous = below->previous;
        hook->previous_arg = Py_XNewRef(below->previous_arg);
        hook_release(below);
    }
}

/* Place a hook of the group on top of what is in place now, or put back the one that
   was set by name. NULL, with no exception set, if memory is short or an audit hook
   forbids it. Borrowed from the thread state. */
static trace_hook *
hook_place(hook_group *group, PyThreadState *state)
{
    (void)hook_step_back(state);
    compat_error pending = compat_error_take();
    PyObject *owner = timer_keep_owner(group->client.timer);
    trace_hook *hook = hook_of(state->c_traceobj);
    if (hook != NULL && hook->group == group) {
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
        compat_set_trace(state, hook_trace, (PyObject *)hook);
        Py_DECREF(hook); /* the thread state holds it now */
    }
    compat_error_put_back(pending);
    hook = hook_find(group, state);
    *group->client.incomplete |= hook == NULL;
    timer_release_owner(owner);
    return hook;
}

trace_hook *
hook_have(hook_group *group, PyThreadState *state)
{
    trace_hook *hook = hook_find(group, state);
    return LIKELY(hook != NULL) ? hook : hook_place(group, state);
}

/* Take a hook out of the thread whose trace function it is. */
static void
hook_withdraw(trace_hook *hook, PyThreadState *state)
{
    Py_INCREF(hook);
    hook_splice(hook);
    compat_set_trace(state, hook->previous, hook->previous_arg);
    hook_release(hook);
}

void
hook_tidy(PyThreadState *state)
{
    (void)hook_step_back(state);
    trace_hook *hook = hook_on_top(state);
    if (hook != NULL && hook->group->running) {
        hook_splice(hook);
    }
    else if (hook != NULL) {
        hook_withdraw(hook, state);
    }
}

bool
hook_is_alone(PyThreadState *state)
{
    Py_tracefunc function = state->c_tracefunc;
    for (trace_hook *hook = hook_on_top(state); hook != NULL; hook = hook_below(hook)) {
        function = hook->previous;
    }
    return function == NULL && state->c_profilefunc == NULL;
}

void
hook_step_aside(PyThreadState *state)
{
    assert(hook_is_alone(state));
    trace_hook *hook = hook_on_top(state);
    if (hook != NULL) {
        state->c_tracefunc = NULL;
        hook->aside = true;
    }
}

bool
hook_step_back(PyThreadState *state)
{
    trace_hook *hook = state->c_tracefunc != NULL ? NULL : hook_of(state->c_traceobj);
    if (LIKELY(hook == NULL || !hook->aside)) {
        return false;
    }
    state->c_tracefunc = hook_trace;
    hook->aside = false;
    return true;
}

/* -- Marks in frames -------------------------------------------------------------- */

/* The mark is no hook of a thread, so hooks of threads go as soon as they are replaced:
   borrowed, or NULL with an exception set. */
static PyObject *
group_mark(hook_group *group)
{
    if (group->mark == NULL) {
        group->mark = (PyObject *)hook_new(group);
    }
    return group->mark;
}

void
hook_mark_frame(trace_hook *hook, PyFrameObject *frame)
{
    PyGetSetDef *f_trace = hook->group->f_trace;
    trace_hook *last = hook, *below;
    while ((below = hook_below(last)) != NULL) {
        last = below;
    }
    if (last->previous != NULL || f_trace->name == NULL) {
        return;
    }
    PyObject *old = f_trace->get((PyObject *)frame, f_trace->closure);
    PyObject *mark = group_mark(hook->group);
    if (old == NULL || mark == NULL ||
        (!Py_IS_TYPE(old, Py_TYPE(hook)) &&
         f_trace->set((PyObject *)frame, mark, f_trace->closure) < 0)) {
        PyErr_Clear();
    }
    Py_XDECREF(old);
}

/* -- Events ----------------------------------------------------------------------- */

/* Hand an event on. The previous function may have replaced the trace function of the
   thread, or removed it, as one written in Python does when it raises. What is there
   now is the previous one from here on, and the hook stays on top. */
static int
hook_forward(trace_hook *hook, PyFrameObject *frame, int what, PyObject *arg)
{
    hook_splice(hook);
    if (hook->previous == NULL) {
        return 0;
    }
    PyThreadState *state = PyThreadState_Get();
    bool on_top = state->c_traceobj == (PyObject *)hook;
    Py_INCREF(hook);
    PyObject *previous_arg = Py_XNewRef(hook->previous_arg);
    int ret = hook->previous(previous_arg, frame, what, arg);
    Py_XDECREF(previous_arg);
    if (on_top && state->c_traceobj != (PyObject *)hook && hook->group->running) {
        (void)hook_place(hook->group, state);
    }
    Py_DECREF(hook);
    return ret;
}

/* An event of a hook that has stopped. */
static NOINLINE int
hook_trace_last(trace_hook *hook, PyFrameObject *frame, int what, PyObject *arg)
{
    Py_INCREF(hook);
    PyThreadState *state = PyThreadState_Get();
    if (state->c_traceobj == (PyObject *)hook) {
        hook_withdraw(hook, state);
    }
    int ret = hook_forward(hook, frame, what, arg);
    hook_release(hook);
    return ret;
}

static int
hook_trace(PyObject *self, PyFrameObject *frame, int what, PyObject *arg)
{
    trace_hook *hook = (trace_hook *)self;
    hook_group *group = hook->group;
    if (UNLIKELY(!group->running)) {
        return hook_trace_last(hook, frame, what, arg);
    }
    if (LIKELY(hook->previous == NULL)) {
        return group->client.on_event(hook, frame, what, arg);
    }
    (void)group->client.on_event(hook, frame, what, arg);
    return hook_forward(hook, frame, what, arg);
}

static const struct {
    const char *name;
    int what;
} event_names[] = {
    {"call",      PyTrace_CALL     },
    {"line",      PyTrace_LINE     },
    {"return",    PyTrace_RETURN   },
    {"exception", PyTrace_EXCEPTION},
    {"opcode",    PyTrace_OPCODE   },
};

/* PyTrace_* of its name, or -1 with an exception set. */
static int
find_event(const char *name)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(event_names); i++) {
        if (strcmp(name, event_names[i].name) == 0) {
            return event_names[i].what;
        }
    }
    PyErr_Format(PyExc_ValueError, "no such trace event: %s", name);
    return -1;
}

/* hook(frame, event, arg): what sys.settrace(hook) or frame.f_trace leads to. */
static PyObject *
hook_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    trace_hook *hook = (trace_hook *)self;
    PyFrameObject *frame;
    const char *name;
    PyObject *arg;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "a trace function takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O!sO:trace", &PyFrame_Type, &frame, &name, &arg)) {
        return NULL;
    }
    int what = find_event(name);
    if (what < 0) {
        return NULL;
    }
    PyThreadState *state = PyThreadState_Get();
    bool set_by_name = state->c_traceobj == self; /* sys.settrace(hook) */
    if (!hook->group->running) {
        if (set_by_name) {
            hook_withdraw(hook, state);
        }
        Py_RETURN_NONE;
    }
    if (hook_find(hook->group, state) != NULL) {
        return Py_NewRef(self); /* handed on to `f_trace`: recorded already */
    }
    (void)hook->group->client.on_event(hook, frame, what, arg);
    if (!hook->group->running) {
        Py_RETURN_NONE;
    }
    (void)hook_place(hook->group, state);
    if (set_by_name && hook_forward(hook, frame, what, arg) < 0) {
        return NULL;
    }
    return Py_NewRef(self);
}

/* -- The type --------------------------------------------------------------------- */

static int
hook_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((trace_hook *)self)->previous_arg);
    return 0;
}

static int
hook_clear(PyObject *self)
{
    ((trace_hook *)self)->previous = NULL;
    Py_CLEAR(((trace_hook *)self)->previous_arg);
    return 0;
}

static void
hook_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    hook_group *group = ((trace_hook *)self)->group;
    if (hook_revive((trace_hook *)self)) {
        return;
    }
    PyObject_GC_UnTrack(self);
    (void)hook_clear(self);
    /* With no frame running a thread ends, and its hook goes with it. */
    if (group->running && group->client.on_loss != NULL && PyEval_GetFrame() != NULL) {
        compat_error pending = compat_error_take();
        group->client.on_loss(group->client.owner);
        compat_error_put_back(pending);
    }
    release_group(group);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot hook_slots[] = {
    {Py_tp_doc,      "lineprof's trace function of one thread."},
    {Py_tp_dealloc,  hook_dealloc                              },
    {Py_tp_traverse, hook_traverse                             },
    {Py_tp_clear,    hook_clear                                },
    {Py_tp_call,     hook_call                                 },
    {0,              NULL                                      },
};

PyType_Spec hook_spec = {
    .name = "lineprof._core.Hook",
    .basicsize = sizeof(trace_hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = hook_slots,
};

/* -- Groups ----------------------------------------------------------------------- */

hook_group *
hook_group_new(PyTypeObject *type, const hook_client *client)
{
    hook_group *group = PyMem_Calloc(1, sizeof(hook_group));
    if (group == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    group->client = *client;
    group->references = 1;
    group->type = (PyTypeObject *)Py_NewRef(type);
    group->f_trace = PyFrame_Type.tp_getset;
    while (group->f_trace->name != NULL &&
           strcmp(group->f_trace->name, "f_trace") != 0) {
        group->f_trace++;
    }
    return group;
}

void
hook_group_close(hook_group *group)
{
    assert(group->type != NULL && !group->running);
    group->client = (hook_client){0};
    Py_CLEAR(group->type);
    Py_CLEAR(group->mark);
    release_group(group);
}
