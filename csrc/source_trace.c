/* PyEval_SetTrace -> enter, line, leave.

   The trace function of a thread is a Hook. It is called for every frame of the
   thread, asks the recorder only about watched code, and hands each event on to the
   trace function it found in its place, which is there again when it goes.

   It is placed on a thread when that thread first calls watched code: on 3.11 the
   eval gate sees the call, from 3.12 on a PY_START event of sys.monitoring (the
   *bell*), set on watched code only. Frames that run when measuring starts are
   seen by attach().

   sys.gettrace() returns the Hook, so a Hook can be called as trace functions
   written in Python are, and puts itself back in place then: that is what makes
   sys.settrace(sys.gettrace()) harmless. It also sits in `f_trace` of watched
   frames, so that it gets the next line of the running frame in that way. */

#include "source_trace.h"

#include <string.h>

#include "evalgate.h"
#include "monitoring.h"

struct Hook;

typedef struct {
    source base;
    recorder *rec;           /* borrowed */
    struct Hook *hooks;      /* borrowed; all that exist */
    PyTypeObject *hook_type; /* owned */
    Py_ssize_t references;   /* the source's owner and its hooks */
    PyGetSetDef *f_trace;    /* borrowed; of the frame type */
    bool running;
#if HAVE_MONITORING
    PyTypeObject *callback_type; /* owned */
    monitoring_tool bell;
#else
    gate_client gate;
#endif
} trace_source;

typedef struct Hook {
    PyObject_HEAD
    struct Hook *next;      /* borrowed; of the source's hooks */
    uint64_t state_id;      /* of the thread state it belongs to */
    trace_source *source;   /* counted */
    Py_tracefunc previous;  /* trace function of the thread before, or NULL ... */
    PyObject *previous_arg; /* ... and its argument; owned */
    const void *rung;       /* frame the bell has entered; its CALL may still come */
} Hook;

static int
hook_trace(PyObject *self, PyFrameObject *frame, int what, PyObject *arg);

static void
source_release(trace_source *src)
{
    if (--src->references == 0) {
        PyMem_Free(src);
    }
}

/* -- The Hook: from event to recorder ------------------------------------------- */

#define GENERATOR_FLAGS (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)

/* Opcode and argument where a frame stands. Not from the running code, in which
   instrumentation may have replaced it. */
static bool
frame_instruction(PyFrameObject *frame, PyCodeObject *code, int *opcode, int *oparg)
{
    int offset = PyFrame_GetLasti(frame);
    PyObject *bytes = PyCode_GetCode(code);
    bool found = bytes != NULL && offset >= 0 && offset + 1 < PyBytes_GET_SIZE(bytes);
    if (found) {
        const unsigned char *at = (unsigned char *)PyBytes_AS_STRING(bytes) + offset;
        *opcode = at[0];
        *oparg = at[1];
    }
    else {
        PyErr_Clear();
    }
    Py_XDECREF(bytes);
    return found;
}

/* RESUME says where it stands: 0 at the start of a function, else after a yield. */
#define RESUME_PLACE 3

static enter_kind
frame_enter_kind(PyFrameObject *frame, PyCodeObject *code)
{
    int opcode, oparg;
    if (!(code->co_flags & GENERATOR_FLAGS)) {
        return ENTER_START;
    }
    if (compat_never_ran(code, PyFrame_GetLasti(frame))) {
        return ENTER_THROW;
    }
    bool starts = frame_instruction(frame, code, &opcode, &oparg) &&
                  compat_is_resume(opcode) && (oparg & RESUME_PLACE) == 0;
    return starts ? ENTER_START : ENTER_RESUME;
}

/* A frame that suspends itself stands at the yield, from 3.13 on at the RESUME
   behind it. `arg` is NULL if an exception leaves the frame. */
static leave_kind
frame_leave_kind(PyFrameObject *frame, PyCodeObject *code, PyObject *arg)
{
    int opcode, oparg;
    if (!(code->co_flags & GENERATOR_FLAGS) || arg == NULL) {
        return LEAVE_END;
    }
    bool suspends = frame_instruction(frame, code, &opcode, &oparg) &&
                    (opcode == YIELD_VALUE ||
                     (compat_is_resume(opcode) && (oparg & RESUME_PLACE) != 0));
    return suspends ? LEAVE_SUSPEND : LEAVE_END;
}

/* Have the thread call the hook even if somebody replaces its trace function while
   the frame runs. Only where no other trace function needs the place. */
static void
mark_frame(Hook *hook, PyFrameObject *frame)
{
    PyGetSetDef *f_trace = hook->source->f_trace;
    if (hook->previous == NULL && f_trace->name != NULL &&
        f_trace->set((PyObject *)frame, (PyObject *)hook, f_trace->closure) < 0) {
        PyErr_Clear();
    }
}

static void
hook_record(Hook *hook, PyFrameObject *frame, int what, PyObject *arg)
{
    recorder *rec = hook->source->rec;
    uint64_t now = recorder_now(rec);
    PyCodeObject *code = PyFrame_GetCode(frame);
    Py_DECREF(code); /* the frame holds it */
    const void *rung = hook->rung;
    hook->rung = NULL;
    switch (what) {
    case PyTrace_LINE:
        recorder_line(rec, code, frame, PyFrame_GetLineNumber(frame), now);
        break;
    case PyTrace_CALL:
        if (frame != rung && recorder_measures(rec, code)) {
            recorder_enter(rec, code, frame, frame_enter_kind(frame, code), now);
            mark_frame(hook, frame);
        }
        break;
    case PyTrace_RETURN:
        if (recorder_measures(rec, code)) {
            recorder_leave(rec, code, frame, frame_leave_kind(frame, code, arg), now);
        }
        break;
    default:
        break;
    }
}

/* -- The Hook among other trace functions --------------------------------------- */

static bool
is_hook(Py_tracefunc function)
{
    return function == hook_trace;
}

/* The source's hook among the trace functions of a thread, or NULL: borrowed. */
static Hook *
find_placed(const trace_source *src, PyThreadState *state)
{
    Py_tracefunc function = state->c_tracefunc;
    PyObject *arg = state->c_traceobj;
    while (is_hook(function)) {
        Hook *hook = (Hook *)arg;
        if (hook->source == src) {
            return hook;
        }
        function = hook->previous;
        arg = hook->previous_arg;
    }
    return NULL;
}

/* Previous hooks that have stopped have no place in the chain any more. */
static void
hook_splice(Hook *hook)
{
    while (is_hook(hook->previous) && !((Hook *)hook->previous_arg)->source->running) {
        Hook *stopped = (Hook *)hook->previous_arg;
        hook->previous = stopped->previous;
        hook->previous_arg = Py_XNewRef(stopped->previous_arg);
        Py_DECREF(stopped);
    }
}

static void
set_trace(PyThreadState *state, Py_tracefunc function, PyObject *arg)
{
    compat_error pending = compat_error_take();
#if HAVE_SET_TRACE_OF_THREAD
    if (_PyEval_SetTrace(state, function, arg) < 0) {
        PyErr_WriteUnraisable(NULL);
    }
#else
    (void)state; /* the current one */
    PyEval_SetTrace(function, arg);
#endif
    compat_error_put_back(pending);
}

/* Put a hook in place. What is in place now is its previous one, unless that is the
   hook itself: sys.settrace(hook). */
static void
hook_place(Hook *hook, PyThreadState *state)
{
    if (state->c_traceobj != (PyObject *)hook) {
        hook->previous = state->c_tracefunc;
        Py_XSETREF(hook->previous_arg, Py_XNewRef(state->c_traceobj));
    }
    set_trace(state, hook_trace, (PyObject *)hook);
}

/* Take a hook out of the thread whose trace function it is. */
static void
hook_withdraw(Hook *hook, PyThreadState *state)
{
    Py_INCREF(hook);
    hook_splice(hook);
    set_trace(state, hook->previous, hook->previous_arg);
    Py_DECREF(hook);
}

/* Hand an event on. The previous function may have replaced the trace function of
   the thread, or removed it (as one written in Python does when it raises): what is
   there now is the previous one from here on, and the hook stays on top. */
static int
hook_forward(Hook *hook, PyFrameObject *frame, int what, PyObject *arg)
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
    if (on_top && state->c_traceobj != (PyObject *)hook && hook->source->running) {
        hook_place(hook, state);
    }
    Py_DECREF(hook);
    return ret;
}

/* The trace function. */
static int
hook_trace(PyObject *self, PyFrameObject *frame, int what, PyObject *arg)
{
    Hook *hook = (Hook *)self;
    if (LIKELY(hook->source->running)) {
        hook_record(hook, frame, what, arg);
        return LIKELY(hook->previous == NULL) ? 0
                                              : hook_forward(hook, frame, what, arg);
    }
    Py_INCREF(hook);
    PyThreadState *state = PyThreadState_Get();
    if (state->c_traceobj == self) {
        hook_withdraw(hook, state);
    }
    int ret = hook_forward(hook, frame, what, arg);
    Py_DECREF(hook);
    return ret;
}

/* -- The Hook as a Python object ------------------------------------------------- */

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

/* hook(frame, event, arg): what sys.settrace(hook) or frame.f_trace leads to. */
static PyObject *
hook_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Hook *hook = (Hook *)self;
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
    int what = -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(event_names); i++) {
        if (strcmp(name, event_names[i].name) == 0) {
            what = event_names[i].what;
        }
    }
    if (what < 0) {
        PyErr_Format(PyExc_ValueError, "no such trace event: %s", name);
        return NULL;
    }
    PyThreadState *state = PyThreadState_Get();
    bool set_by_name = state->c_traceobj == self; /* sys.settrace(hook) */
    if (!hook->source->running) {
        if (set_by_name) {
            hook_withdraw(hook, state);
        }
        Py_RETURN_NONE;
    }
    if (find_placed(hook->source, state) == hook) {
        return Py_NewRef(self); /* handed on to `f_trace`: recorded already */
    }
    hook_record(hook, frame, what, arg);
    hook_place(hook, state);
    if (set_by_name && hook_forward(hook, frame, what, arg) < 0) {
        return NULL;
    }
    return Py_NewRef(self);
}

static int
hook_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Hook *)self)->previous_arg);
    return 0;
}

static int
hook_clear(PyObject *self)
{
    ((Hook *)self)->previous = NULL;
    Py_CLEAR(((Hook *)self)->previous_arg);
    return 0;
}

static void
hook_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    trace_source *src = ((Hook *)self)->source;
    PyObject_GC_UnTrack(self);
    Hook **link = &src->hooks;
    while (*link != (Hook *)self) {
        link = &(*link)->next;
    }
    *link = ((Hook *)self)->next;
    (void)hook_clear(self);
    source_release(src);
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

PyType_Spec trace_hook_spec = {
    .name = "lineprof._core.Hook",
    .basicsize = sizeof(Hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = hook_slots,
};

/* -- Threads ---------------------------------------------------------------------- */

/* The hook made for a thread, in place or not, or a new one; NULL with an exception
   set. A new reference. */
static Hook *
find_or_make_hook(trace_source *src, PyThreadState *state)
{
    uint64_t state_id = PyThreadState_GetID(state);
    for (Hook *hook = src->hooks; hook != NULL; hook = hook->next) {
        if (hook->state_id == state_id) {
            return (Hook *)Py_NewRef(hook);
        }
    }
    Hook *hook = (Hook *)src->hook_type->tp_alloc(src->hook_type, 0);
    if (hook != NULL) {
        src->references++;
        hook->source = src;
        hook->state_id = state_id;
        hook->next = src->hooks;
        src->hooks = hook;
    }
    return hook;
}

/* The source's hook on a thread, placed at need. NULL, with no exception set, if
   memory is short. */
static Hook *
have_hook(trace_source *src, PyThreadState *state)
{
    Hook *hook = find_placed(src, state);
    if (hook != NULL) {
        return hook;
    }
    compat_error pending = compat_error_take();
    hook = find_or_make_hook(src, state);
    if (hook == NULL) {
        PyErr_Clear();
        src->rec->short_of_memory = true;
    }
    else {
        hook_place(hook, state);
        Py_DECREF(hook); /* the thread state holds it */
        hook = find_placed(src, state);
    }
    compat_error_put_back(pending);
    return hook;
}

/* Whether a frame of an entry, or of any measured code if it is NULL, runs on a
   thread. */
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
    trace_source *src = monitoring_owner(self, args, nargsf);
    if (src == NULL || !src->running) {
        Py_RETURN_NONE;
    }
    PyThreadState *state = PyThreadState_Get();
    if (LIKELY(find_placed(src, state) != NULL)) {
        Py_RETURN_NONE;
    }
    uint64_t now = recorder_now(src->rec);
    Hook *hook = have_hook(src, state);
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    if (hook != NULL && frame != NULL) {
        recorder_enter(src->rec, (PyCodeObject *)args[0], frame, kind, now);
        mark_frame(hook, frame);
        hook->rung = frame;
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

static const monitoring_event bell_events[] = {
    {"PY_START",  on_start },
    {"PY_RESUME", on_resume},
    {NULL,        NULL     },
};

static int
place_bell(trace_source *src)
{
    return monitoring_open(&src->bell, bell_events, src->callback_type, src);
}

static int
arm_bell(trace_source *src, registry_entry *entry, bool on)
{
    int events = on ? monitoring_bit(&src->bell, 0) | monitoring_bit(&src->bell, 1) : 0;
    return monitoring_set_local(&src->bell, entry->code, events);
}

static void
remove_bell(trace_source *src)
{
    monitoring_close(&src->bell);
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
    return find_placed(src, state) != NULL;
}

static void
client_attach(gate_client *client, PyThreadState *state)
{
    trace_source *src = (trace_source *)((char *)client - offsetof(trace_source, gate));
    (void)have_hook(src, state);
}

static bool
client_quiet(PyThreadState *state)
{
    Py_tracefunc function = state->c_tracefunc;
    PyObject *arg = state->c_traceobj;
    while (is_hook(function)) {
        function = ((Hook *)arg)->previous;
        arg = ((Hook *)arg)->previous_arg;
    }
    return function == NULL && state->c_profilefunc == NULL;
}

static int
place_bell(trace_source *src)
{
    src->gate = (gate_client){.codes = &src->rec->registry,
                              .attached = client_attached,
                              .attach = client_attach,
                              .quiet = client_quiet};
    return evalgate_open(&src->gate) < 0 ? -1 : 0;
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
    evalgate_close(&src->gate);
}

static void
let_running_frames_through(trace_source *src, PyThreadState *state)
{
    evalgate_flood(&src->gate, state);
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
    src->base.kind = &source_trace;
    src->rec = rec;
    src->references = 1;
    src->f_trace = PyFrame_Type.tp_getset;
    while (src->f_trace->name != NULL && strcmp(src->f_trace->name, "f_trace") != 0) {
        src->f_trace++;
    }
    core_state *types = PyModule_GetState(module);
    src->hook_type = (PyTypeObject *)Py_NewRef(types->hook_type);
#if HAVE_MONITORING
    src->callback_type = (PyTypeObject *)Py_NewRef(types->callback_type);
    src->bell.id = -1;
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
    src->running = true;
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

static void
trace_attach(source *base, const registry_entry *entry)
{
    trace_source *src = (trace_source *)base;
    PyThreadState *own = PyThreadState_Get();
    for (PyThreadState *state = PyInterpreterState_ThreadHead(own->interp);
         state != NULL;
         state = PyThreadState_Next(state)) {
        if ((state == own || HAVE_SET_TRACE_OF_THREAD) &&
            runs_code(src->rec, state, entry) && have_hook(src, state) != NULL) {
            let_running_frames_through(src, state);
        }
    }
}

static void
trace_stop(source *base)
{
    trace_source *src = (trace_source *)base;
    src->running = false;
    remove_bell(src);
    PyThreadState *own = PyThreadState_Get();
    for (PyThreadState *state = PyInterpreterState_ThreadHead(own->interp);
         state != NULL;
         state = PyThreadState_Next(state)) {
        /* Other threads withdraw theirs at their next event if need be. */
        if ((state == own || HAVE_SET_TRACE_OF_THREAD) && is_hook(state->c_tracefunc)) {
            Hook *hook = (Hook *)state->c_traceobj;
            if (hook->source->running) {
                hook_splice(hook);
            }
            else {
                hook_withdraw(hook, state);
            }
        }
    }
}

static void
trace_close(source *base)
{
    trace_source *src = (trace_source *)base;
    src->rec = NULL;
    Py_CLEAR(src->hook_type);
#if HAVE_MONITORING
    Py_CLEAR(src->callback_type);
#endif
    source_release(src);
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
    .close = trace_close,
    .tool_id = trace_tool_id,
};
