/* PyEval_SetTrace -> enter, line, leave.

   The trace function of a thread is a hook (trace_hook.h). It is placed when the
   thread first calls watched code: on 3.11 the eval gate sees the call, from 3.12 on
   an event of sys.monitoring (the *bell*), PY_START mostly, of watched code only.
   Frames that run when measuring starts are seen by attach().

   A call may replace the trace function, as breakpoint() does. On 3.11 the eval gate
   sees that, too; from 3.12 on the end of the hook does, and code that runs then has
   more bells, for whatever event comes next, until the hook is in place again. */

#include "trace/source_trace.h"

#include "trace/py311/gate.h"
#include "trace/frame_state.h"
#include "base/module_arrival.h"
#include "monitor/tool.h"
#include "trace/trace_hook.h"

typedef struct {
    source base;
    hook_group *group; /* owned */
#if HAVE_MONITORING
    PyTypeObject *callback_type; /* owned */
    monitor_tool bell;
    uint64_t lost; /* id of a thread that lost its hook in measured code, 0: none */
#else
    gate_client gate;
#endif
} trace_source;

/* Whether a frame of an entry, or of any measured code if it is NULL, runs on a
   thread. The collector must not run: 3.11 has it run as frame objects are made, so
   finalizers run and other threads, and the frame or the thread ends meanwhile. */
static bool
runs_code(const recorder *rec, PyThreadState *state, const registry_entry *wanted)
{
    bool found = false;
    PyFrameObject *frame = PyThreadState_GetFrame(state);
    while (frame != NULL && !found) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        registry_entry *entry = registry_find(&rec->registry, code);
        found = wanted != NULL ? entry == wanted : entry != NULL && entry->active;
        Py_DECREF(code);
        PyFrameObject *back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    Py_XDECREF(frame);
    return found;
}

#if HAVE_MONITORING

static PyObject *
ring(PyObject *self, PyObject *const *args, size_t nargsf, enter_kind kind)
{
    trace_source *src = tool_owner(self, nargsf);
    PyCodeObject *code = (PyCodeObject *)args[0];
    if (src == NULL || !src->group->running ||
        (kind == ENTER_THROW && !recorder_measures(src->group->rec, code))) {
        Py_RETURN_NONE;
    }
    PyThreadState *state = PyThreadState_Get();
    if (LIKELY(hook_find(src->group, state) != NULL)) {
        Py_RETURN_NONE;
    }
    uint64_t now = recorder_now(src->group->rec);
    if (!src->group->running) {
        Py_RETURN_NONE; /* closed meanwhile */
    }
    trace_hook *hook = hook_have(src->group, state);
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    if (frame == NULL) {
        src->group->rec->short_of_memory = true;
    }
    else if (hook != NULL) {
        bool throws = kind == ENTER_THROW; /* mostly into a frame that did run */
        hook_enter(
            hook, frame, code, throws ? frame_state_enter(frame, code) : kind, now);
    }
    Py_RETURN_NONE;
}

static PyObject *
on_start(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    return ring(self, args, nargsf, ENTER_START);
}

static PyObject *
on_resume(PyObject *self, PyObject *const *args, size_t nargsf,
          PyObject *Py_UNUSED(names))
{
    return ring(self, args, nargsf, ENTER_RESUME);
}

static PyObject *
on_throw(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    return ring(self, args, nargsf, ENTER_THROW);
}

static void
ring_for_loss(trace_source *src, PyCodeObject *code, int what);

static PyObject *
ring_late(PyObject *self, PyObject *const *args, size_t nargsf, int what)
{
    trace_source *src = tool_owner(self, nargsf);
    if (src != NULL && src->group->running && PyCode_Check(args[0])) {
        ring_for_loss(src, (PyCodeObject *)args[0], what);
    }
    Py_RETURN_NONE;
}

static PyObject *
on_line(PyObject *self, PyObject *const *args, size_t nargsf,
        PyObject *Py_UNUSED(names))
{
    return ring_late(self, args, nargsf, PyTrace_LINE);
}

/* PY_RETURN and PY_YIELD */
static PyObject *
on_leave(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    return ring_late(self, args, nargsf, PyTrace_RETURN);
}

enum {
    AT_START,
    AT_RESUME,
    AT_THROW, /* of all code before 3.15 */
    AT_LINE,
    AT_RETURN,
    AT_YIELD,
};

/* In the order of AT_*. */
static const tool_event bell_events[] = {
    {"PY_START",  on_start },
    {"PY_RESUME", on_resume},
    {"PY_THROW",  on_throw },
    {"LINE",      on_line  },
    {"PY_RETURN", on_leave },
    {"PY_YIELD",  on_leave },
    {NULL,        NULL     },
};

static int
place_bell(trace_source *src)
{
    src->lost = 0;
    if (tool_open(&src->bell, bell_events, src->callback_type, src) < 0) {
        return -1;
    }
    if (!HAVE_LOCAL_UNWIND &&
        tool_set_global(&src->bell, tool_bit(&src->bell, AT_THROW)) < 0) {
        tool_close(&src->bell);
        return -1;
    }
    return 0;
}

/* What an entry has bells for, from AT_START up to the last one: 0, or -1 with an
   exception set. */
static int
set_bells(trace_source *src, PyCodeObject *code, int last)
{
    int events = 0;
    for (int place = AT_START; place <= last; place++) {
        if (place != AT_THROW || HAVE_LOCAL_UNWIND) {
            events |= tool_bit(&src->bell, place);
        }
    }
    return tool_set_local(&src->bell, code, events);
}

static int
arm_bell(trace_source *src, registry_entry *entry, bool on)
{
    return set_bells(src, entry->code, on ? AT_THROW : -1);
}

/* The id of a thread that runs measured code without a hook, or 0. */
static uint64_t
find_lost_thread(const trace_source *src)
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    while (state != NULL && (hook_find(src->group, state) != NULL ||
                             !runs_code(src->group->rec, state, NULL))) {
        state = PyThreadState_Next(state);
    }
    return state == NULL ? 0 : PyThreadState_GetID(state);
}

/* An event of code that runs without a hook, or did. */
static void
ring_for_loss(trace_source *src, PyCodeObject *code, int what)
{
    PyThreadState *state = PyThreadState_Get();
    if (hook_find(src->group, state) == NULL) {
        PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
        trace_hook *hook = hook_have(src->group, state);
        if (hook != NULL && frame != NULL) {
            hook_make_up_for(hook, frame, what);
        }
        if (src->lost == PyThreadState_GetID(state)) {
            src->lost = find_lost_thread(src);
        }
    }
    registry_entry *entry = registry_find(&src->group->rec->registry, code);
    if (src->lost == 0 && entry != NULL && entry->active &&
        arm_bell(src, entry, true) < 0) {
        PyErr_Clear(); /* bells for nothing */
    }
}

/* Have more bells on the code a thread runs. */
static void
ring_at_next_event(trace_source *src, PyThreadState *state)
{
    PyFrameObject *frame = PyThreadState_GetFrame(state);
    while (frame != NULL) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        if (recorder_measures(src->group->rec, code)) {
            src->lost = PyThreadState_GetID(state);
            if (set_bells(src, code, AT_YIELD) < 0) {
                PyErr_Clear(); /* the rest of the call is lost */
            }
        }
        Py_DECREF(code);
        PyFrameObject *back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
}

static void
on_loss(hook_group *group)
{
    trace_source *src = group->owner;
    PyThreadState *own = PyThreadState_Get();
    for (PyThreadState *state = PyInterpreterState_ThreadHead(own->interp);
         state != NULL;
         state = PyThreadState_Next(state)) {
        if (hook_find(group, state) == NULL) {
            ring_at_next_event(src, state);
        }
    }
}

static void
remove_bell(trace_source *src)
{
    tool_close(&src->bell);
}

static void
let_running_frames_through(trace_source *Py_UNUSED(src),
                           PyThreadState *Py_UNUSED(state))
{
}

#else

static bool
client_attached(gate_client *client, PyThreadState *state)
{
    trace_source *src = (trace_source *)((char *)client - offsetof(trace_source, gate));
    return hook_find(src->group, state) != NULL;
}

static void
client_attach(gate_client *client, PyThreadState *state)
{
    trace_source *src = (trace_source *)((char *)client - offsetof(trace_source, gate));
    (void)hook_have(src->group, state);
}

static void
client_end(gate_client *client, PyFrameObject *frame, PyCodeObject *code)
{
    trace_source *src = (trace_source *)((char *)client - offsetof(trace_source, gate));
    hook_end(src->group, frame, code);
}

static int
place_bell(trace_source *src)
{
    src->gate = (gate_client){.codes = &src->group->rec->registry,
                              .attached = client_attached,
                              .attach = client_attach,
                              .quiet = hook_is_alone,
                              .end = client_end,
                              .step_back = hook_step_back,
                              .step_aside_again = hook_step_aside_again};
    return gate_open(&src->gate) < 0 ? -1 : 0;
}

static int
arm_bell(trace_source *Py_UNUSED(src), registry_entry *Py_UNUSED(entry),
         bool Py_UNUSED(on))
{
    return 0;
}

static void
remove_bell(trace_source *src)
{
    gate_close(&src->gate);
}

static void
let_running_frames_through(trace_source *src, PyThreadState *state)
{
    gate_flood(&src->gate, state);
}

#endif

/* -- The source ------------------------------------------------------------------- */

static source *
trace_open(PyObject *module, recorder *rec)
{
    trace_source *src = PyMem_Calloc(1, sizeof(trace_source));
    if (src == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    core_state *types = PyModule_GetState(module);
    src->base.kind = &source_trace;
    src->group = hook_group_new(types->hook_type, rec);
    if (src->group == NULL) {
        PyMem_Free(src);
        return NULL;
    }
#if HAVE_MONITORING
    src->callback_type = (PyTypeObject *)Py_NewRef(types->callback_type);
    src->bell.id = -1;
    src->group->on_loss = on_loss;
    src->group->owner = src;
#endif
    return &src->base;
}

static int
trace_start(source *base)
{
    trace_source *src = (trace_source *)base;
    if (place_bell(src) < 0) {
        return -1;
    }
    src->group->running = true;
    return 0;
}

static int
trace_watch(source *base, registry_entry *entry)
{
    return arm_bell((trace_source *)base, entry, true);
}

static void
trace_unwatch(source *base, registry_entry *entry)
{
    compat_error pending = compat_error_take();
    if (arm_bell((trace_source *)base, entry, false) < 0) {
        PyErr_Clear();
    }
    compat_error_put_back(pending);
}

/* Frames of greenlets that are switched out are in nobody's list, and may run measured
   code. Nor does the interpreter know of them when trace functions come: code gets its
   events as the bell is set on it anew. */
static void
attach_to_greenlets(trace_source *src, PyThreadState *state)
{
    registry *reg = &src->group->rec->registry;
    if (hook_have(src->group, state) == NULL) {
        return;
    }
    let_running_frames_through(src, state);
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        if (reg->entries[i]->active) {
            trace_unwatch(&src->base, reg->entries[i]);
            if (arm_bell(src, reg->entries[i], true) < 0) {
                PyErr_Clear();
            }
        }
    }
}

static void
trace_attach(source *base, const registry_entry *entry)
{
    trace_source *src = (trace_source *)base;
    PyThreadState *own = PyThreadState_Get();
    int collects = PyGC_Disable(); /* runs_code() */
    for (PyThreadState *state = PyInterpreterState_ThreadHead(own->interp);
         state != NULL;
         state = PyThreadState_Next(state)) {
        if ((state == own || HAVE_SET_TRACE_OF_THREAD) &&
            runs_code(src->group->rec, state, entry) &&
            hook_have(src->group, state) != NULL) {
            let_running_frames_through(src, state);
        }
    }
    if (entry == NULL && module_arrival_find("greenlet") != NULL) {
        attach_to_greenlets(src, own);
    }
    if (collects) {
        PyGC_Enable();
    }
}

static void
trace_stop(source *base)
{
    trace_source *src = (trace_source *)base;
    src->group->running = false;
    remove_bell(src);
    PyThreadState *own = PyThreadState_Get();
    for (PyThreadState *state = PyInterpreterState_ThreadHead(own->interp);
         state != NULL;
         state = PyThreadState_Next(state)) {
        /* Other threads withdraw theirs at their next event if need be. */
        if (state == own || HAVE_SET_TRACE_OF_THREAD) {
            hook_tidy(state);
        }
    }
}

static void
trace_release(source *Py_UNUSED(base))
{
}

static void
trace_close(source *base)
{
    trace_source *src = (trace_source *)base;
    hook_group_close(src->group);
#if HAVE_MONITORING
    tool_free(&src->bell);
    Py_CLEAR(src->callback_type);
#endif
    PyMem_Free(src);
}

static int
trace_tool_id(const source *base)
{
#if HAVE_MONITORING
    return ((const trace_source *)base)->bell.id;
#else
    (void)base;
    return -1;
#endif
}

const source_kind source_trace = {
    .name = "trace",
    .open = trace_open,
    .start = trace_start,
    .watch = trace_watch,
    .unwatch = trace_unwatch,
    .attach = trace_attach,
    .stop = trace_stop,
    .release = trace_release,
    .close = trace_close,
    .tool_id = trace_tool_id,
};
