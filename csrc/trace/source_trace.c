/* PyEval_SetTrace -> enter, line, leave, from Python 3.12 on.

   A thread gets its hook when it first calls measured code. Events of sys.monitoring
   tell of that: PY_START mostly, and of measured code only. They are the *summons*.
   Frames that run when measuring starts are seen by attach().

   A call may replace the trace function, as breakpoint() does. The end of the hook sees
   that. Code that runs on the thread then has more summons, for whatever event comes
   next, until the hook is in place again. */

#include "trace/tracing.h"

#if HAVE_MONITORING

#include "base/module_arrival.h"
#include "monitor/tool.h"
#include "state.h"

typedef struct {
    tracing common;
    PyTypeObject *callback_type; /* owned */
    monitor_tool summons;
    uint64_t lost; /* id of a thread that lost its hook in measured code, 0: none */
} monitored_source;

static int
on_event(trace_hook *hook, PyFrameObject *frame, int what, PyObject *arg)
{
    (void)tracing_record(hook, frame, what, arg);
    return 0;
}

/* -- Summons at the start of a call -------------------------------------------------
 */

/* Record the entering of a frame, whose CALL event may or may not come as well. */
static void
enter_frame(const tracing *common, trace_hook *hook, PyFrameObject *frame,
            PyCodeObject *code, enter_kind kind, uint64_t now)
{
    if (kind == ENTER_THROW) { /* mostly into a frame that did run */
        kind = tracing_enter_kind(frame, code);
    }
    recorder_enter(common->rec, code, frame, kind, now);
    hook_mark_frame(hook, frame);
    hook->entered = frame;
}

static PyObject *
summon(PyObject *self, PyObject *const *args, size_t nargsf, enter_kind kind)
{
    monitored_source *src = tool_owner(self, nargsf);
    PyCodeObject *code = (PyCodeObject *)args[0];
    if (src == NULL || !src->common.hooks->running ||
        (kind == ENTER_THROW && !recorder_measures(src->common.rec, code))) {
        Py_RETURN_NONE;
    }
    hook_group *hooks = src->common.hooks;
    PyThreadState *state = PyThreadState_Get();
    if (LIKELY(hook_find(hooks, state) != NULL)) {
        Py_RETURN_NONE;
    }
    uint64_t now = recorder_now(src->common.rec);
    if (!hooks->running) {
        Py_RETURN_NONE; /* closed meanwhile */
    }
    trace_hook *hook = hook_have(hooks, state);
    PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
    if (frame == NULL) {
        src->common.rec->short_of_memory = true;
    }
    else if (hook != NULL) {
        enter_frame(&src->common, hook, frame, code, kind, now);
    }
    Py_RETURN_NONE;
}

static PyObject *
on_start(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    return summon(self, args, nargsf, ENTER_START);
}

static PyObject *
on_resume(PyObject *self, PyObject *const *args, size_t nargsf,
          PyObject *Py_UNUSED(names))
{
    return summon(self, args, nargsf, ENTER_RESUME);
}

static PyObject *
on_throw(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    return summon(self, args, nargsf, ENTER_THROW);
}

/* -- Summons at any event, after a loss ---------------------------------------------
 */

/* Places in summons_events. */
enum {
    AT_START,
    AT_RESUME,
    AT_THROW, /* of all code before 3.15 */
    AT_LINE,
    AT_RETURN,
    AT_YIELD,
};

/* Have summons at the events of a code object from AT_START up to `last`; none if it is
   negative. 0, or -1 with an exception set. */
static int
set_summons(monitored_source *src, PyCodeObject *code, int last)
{
    int events = 0;
    for (int place = AT_START; place <= last; place++) {
        if (place != AT_THROW || HAVE_LOCAL_UNWIND) {
            events |= tool_bit(&src->summons, place);
        }
    }
    return tool_set_local(&src->summons, code, events);
}

/* The id of a thread that runs measured code without a hook, or 0. */
static uint64_t
find_lost_thread(const tracing *common)
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    while (state != NULL && (hook_find(common->hooks, state) != NULL ||
                             !tracing_is_run_by(common, state))) {
        state = PyThreadState_Next(state);
    }
    return state == NULL ? 0 : PyThreadState_GetID(state);
}

/* An event of code that runs without a hook, or did. */
static void
summon_late(monitored_source *src, PyCodeObject *code, int what)
{
    const tracing *common = &src->common;
    PyThreadState *state = PyThreadState_Get();
    if (hook_find(common->hooks, state) == NULL) {
        PyFrameObject *frame = PyEval_GetFrame(); /* borrowed */
        trace_hook *hook = hook_have(common->hooks, state);
        if (hook != NULL && frame != NULL) {
            (void)on_event(hook, frame, what, Py_None);
        }
        if (src->lost == PyThreadState_GetID(state)) {
            src->lost = find_lost_thread(common);
        }
    }
    const registry_entry *entry = registry_find(&common->rec->registry, code);
    if (src->lost == 0 && entry != NULL && entry->active &&
        set_summons(src, code, AT_THROW) < 0) {
        PyErr_Clear(); /* events for nothing */
    }
}

static PyObject *
on_late_event(PyObject *self, PyObject *const *args, size_t nargsf, int what)
{
    monitored_source *src = tool_owner(self, nargsf);
    if (src != NULL && src->common.hooks->running && PyCode_Check(args[0])) {
        summon_late(src, (PyCodeObject *)args[0], what);
    }
    Py_RETURN_NONE;
}

static PyObject *
on_line(PyObject *self, PyObject *const *args, size_t nargsf,
        PyObject *Py_UNUSED(names))
{
    return on_late_event(self, args, nargsf, PyTrace_LINE);
}

/* PY_RETURN and PY_YIELD */
static PyObject *
on_leave(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    return on_late_event(self, args, nargsf, PyTrace_RETURN);
}

/* Have more summons in the measured code that a thread runs. */
static void
expect_any_event(monitored_source *src, PyThreadState *state)
{
    PyFrameObject *frame = PyThreadState_GetFrame(state);
    while (frame != NULL) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        if (recorder_measures(src->common.rec, code)) {
            src->lost = PyThreadState_GetID(state);
            if (set_summons(src, code, AT_YIELD) < 0) {
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
on_loss(void *owner)
{
    monitored_source *src = owner;
    PyThreadState *own = PyThreadState_Get();
    for (PyThreadState *state = PyInterpreterState_ThreadHead(own->interp);
         state != NULL; state = PyThreadState_Next(state)) {
        if (hook_find(src->common.hooks, state) == NULL) {
            expect_any_event(src, state);
        }
    }
}

/* -- The source ------------------------------------------------------------------- */

/* In the order of AT_*. */
static const tool_event summons_events[] = {
    {"PY_START",  on_start },
    {"PY_RESUME", on_resume},
    {"PY_THROW",  on_throw },
    {"LINE",      on_line  },
    {"PY_RETURN", on_leave },
    {"PY_YIELD",  on_leave },
    {NULL,        NULL     },
};

static source *
monitored_open(PyObject *module, recorder *rec)
{
    monitored_source *src = PyMem_Calloc(1, sizeof(monitored_source));
    if (src == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (tracing_init(&src->common, module, rec, on_event, on_loss) < 0) {
        PyMem_Free(src);
        return NULL;
    }
    const core_state *state = PyModule_GetState(module);
    src->common.marks_all = true;
    src->callback_type = (PyTypeObject *)Py_NewRef(state->callback_type);
    src->summons.id = -1;
    return &src->common.base;
}

static int
monitored_start(source *base)
{
    monitored_source *src = (monitored_source *)base;
    monitor_tool *tool = &src->summons;
    src->lost = 0;
    if (tool_open(tool, summons_events, src->callback_type, src) < 0) {
        return -1;
    }
    if (!HAVE_LOCAL_UNWIND && tool_set_global(tool, tool_bit(tool, AT_THROW)) < 0) {
        tool_close(tool);
        return -1;
    }
    src->common.hooks->running = true;
    return 0;
}

static int
monitored_watch(source *base, registry_entry *entry)
{
    monitored_source *src = (monitored_source *)base;
    if (tool_keep_opcodes(&src->summons, entry) < 0) {
        return -1;
    }
    return set_summons(src, entry->code, AT_THROW);
}

static void
monitored_unwatch(source *base, registry_entry *entry)
{
    compat_error pending = compat_error_take();
    if (set_summons((monitored_source *)base, entry->code, -1) < 0) {
        PyErr_Clear();
    }
    compat_error_put_back(pending);
}

/* The interpreter does not know of the frames of greenlets that are switched out when
   trace functions come. Code gets its events as summons are set on it anew. */
static void
attach_to_greenlets(monitored_source *src)
{
    const registry *reg = &src->common.rec->registry;
    if (hook_have(src->common.hooks, PyThreadState_Get()) == NULL) {
        return;
    }
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        if (reg->entries[i]->active) {
            monitored_unwatch(&src->common.base, reg->entries[i]);
            if (set_summons(src, reg->entries[i]->code, AT_THROW) < 0) {
                PyErr_Clear();
            }
        }
    }
}

static void
monitored_attach(source *base, const registry_entry *entry)
{
    monitored_source *src = (monitored_source *)base;
    tracing_attach(&src->common, entry, NULL);
    if (entry == NULL && module_arrival_find("greenlet") != NULL) {
        attach_to_greenlets(src);
    }
}

static void
monitored_stop(source *base)
{
    monitored_source *src = (monitored_source *)base;
    src->common.hooks->running = false;
    tool_close(&src->summons);
    tracing_tidy();
}

static void
monitored_close(source *base)
{
    monitored_source *src = (monitored_source *)base;
    tracing_free(&src->common);
    tool_free(&src->summons);
    Py_CLEAR(src->callback_type);
    PyMem_Free(src);
}

static int
monitored_tool_id(const source *base)
{
    return ((const monitored_source *)base)->summons.id;
}

const source_kind source_trace = {
    .name = "trace",
    .open = monitored_open,
    .start = monitored_start,
    .watch = monitored_watch,
    .unwatch = monitored_unwatch,
    .attach = monitored_attach,
    .stop = monitored_stop,
    .close = monitored_close,
    .tool_id = monitored_tool_id,
};

#endif
