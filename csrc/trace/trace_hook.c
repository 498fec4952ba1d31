#include "trace/trace_hook.h"

#include "trace/frame_state.h"

#include <string.h>

/* -- The Hook: from event to recorder ------------------------------------------- */

/* Calls that replace the trace function are seen by the eval gate, where there is one:
   only code that does so itself needs a mark. */
#define MARK_ALL_FRAMES (!HAVE_EVALGATE)

/* The mark is no hook of a thread, so that these go as soon as they are replaced:
   borrowed, or NULL with an exception set. */
static PyObject *
group_mark(hook_group *group)
{
    if (group->mark == NULL) {
        group->mark = (PyObject *)hook_new(group);
    }
    return group->mark;
}

/* Have the thread call the mark even if somebody replaces its trace function while
   the frame runs. Only where no other tool needs the place, and no hook on top of this
   one has taken it. */
static void
mark_frame(trace_hook *hook, PyFrameObject *frame)
{
    PyGetSetDef *f_trace = hook->group->f_trace;
    trace_hook *last = hook;
    while (is_hook(last->previous)) {
        last = (trace_hook *)last->previous_arg;
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

static void
record_enter(trace_hook *hook, PyFrameObject *frame, PyCodeObject *code, uint64_t now)
{
    recorder *rec = hook->group->rec;
    enter_kind kind = ENTER_START;
    if ((code->co_flags & GENERATOR_FLAGS) && recorder_measures(rec, code)) {
        kind = frame_state_enter(frame, code);
    }
    const registry_entry *entry = recorder_enter(rec, code, frame, kind, now);
    if (entry != NULL && (MARK_ALL_FRAMES || entry->info.names_settrace)) {
        mark_frame(hook, frame);
    }
}

static void
record_leave(trace_hook *hook, PyFrameObject *frame, PyCodeObject *code, PyObject *arg,
             uint64_t now)
{
    recorder *rec = hook->group->rec;
    if (!(code->co_flags & GENERATOR_FLAGS)) {
        recorder_leave(rec, code, frame, LEAVE_END, now);
    }
    else if (recorder_measures(rec, code)) {
        recorder_leave(rec, code, frame, frame_state_leave(frame, code, arg), now);
    }
}

static inline void
hook_record(trace_hook *hook, PyFrameObject *frame, int what, PyObject *arg)
{
    recorder *rec = hook->group->rec;
    uint64_t now = recorder_now(rec);
    if (recorder_now_ran_python(rec) && !hook->group->running) {
        return; /* closed meanwhile */
    }
    const void *rung = hook->rung;
    hook->rung = NULL;
    if (LIKELY(what == PyTrace_LINE) &&
        recorder_line_on_top(rec, frame, compat_line(frame), now)) {
#if HAVE_EVALGATE
        if (recorder_at_end(rec)) {
            hook_step_aside(hook, frame);
        }
#endif
        return;
    }
    PyCodeObject *code = PyFrame_GetCode(frame);
    Py_DECREF(code); /* the frame holds it */
    switch (what) {
    case PyTrace_LINE:
        if (recorder_measures(rec, code)) {
            recorder_line(rec, code, frame, PyFrame_GetLineNumber(frame), now);
        }
        break;
    case PyTrace_CALL:
        if (frame != rung) {
            record_enter(hook, frame, code, now);
        }
        break;
    case PyTrace_RETURN:
        record_leave(hook, frame, code, arg, now);
        break;
    default:
        break;
    }
}

/* -- The Hook among other trace functions --------------------------------------- */

/* Hand an event on. The previous function may have replaced the trace function of
   the thread, or removed it (as one written in Python does when it raises): what is
   there now is the previous one from here on, and the hook stays on top. */
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

int
hook_trace(PyObject *self, PyFrameObject *frame, int what, PyObject *arg)
{
    trace_hook *hook = (trace_hook *)self;
    if (LIKELY(hook->group->running)) {
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
    hook_release(hook);
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
    if (!hook->group->running) {
        if (set_by_name) {
            hook_withdraw(hook, state);
        }
        Py_RETURN_NONE;
    }
    if (hook_find(hook->group, state) != NULL) {
        return Py_NewRef(self); /* handed on to `f_trace`: recorded already */
    }
    hook_record(hook, frame, what, arg);
    if (!hook->group->running) {
        Py_RETURN_NONE;
    }
    (void)hook_place(hook->group, state);
    if (set_by_name && hook_forward(hook, frame, what, arg) < 0) {
        return NULL;
    }
    return Py_NewRef(self);
}

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

void
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
    if (group->running && group->on_loss != NULL && PyEval_GetFrame() != NULL) {
        compat_error pending = compat_error_take();
        group->on_loss(group);
        compat_error_put_back(pending);
    }
    hook_group_release(group);
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
    .basicsize = sizeof(trace_hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = hook_slots,
};

/* -- What the source asks for ------------------------------------------------------ */

hook_group *
hook_group_new(PyTypeObject *type, recorder *rec)
{
    hook_group *group = PyMem_Calloc(1, sizeof(hook_group));
    if (group == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    group->rec = rec;
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
    group->running = false;
    group->rec = NULL;
    Py_CLEAR(group->type);
    Py_CLEAR(group->mark);
    hook_group_release(group);
}

void
hook_enter(trace_hook *hook, PyFrameObject *frame, PyCodeObject *code, enter_kind kind,
           uint64_t now)
{
    recorder_enter(hook->group->rec, code, frame, kind, now);
    if (MARK_ALL_FRAMES) {
        mark_frame(hook, frame);
    }
    hook->rung = frame;
}

void
hook_make_up_for(trace_hook *hook, PyFrameObject *frame, int what)
{
    hook_record(hook, frame, what, Py_None);
}

void
hook_end(hook_group *group, PyFrameObject *frame, PyCodeObject *code)
{
    recorder *rec = group->rec;
    if (!group->running) {
        return;
    }
    /* In a trace function a timer written in Python would not be traced. */
    PyThreadState *timed = rec->timer.function != NULL ? PyThreadState_Get() : NULL;
    if (timed != NULL) {
        PyThreadState_EnterTracing(timed);
    }
    uint64_t now = recorder_now(rec);
    if (timed != NULL) {
        PyThreadState_LeaveTracing(timed);
    }
    recorder_leave(rec, code, frame, LEAVE_UNTRACED, now);
}
