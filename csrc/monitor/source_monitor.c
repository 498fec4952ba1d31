/* sys.monitoring -> enter, line, leave (3.12 and later).

   Events are set on measured code objects only; all other code runs as if nobody
   measured. Four things need more than a LINE event:

   - PY_UNWIND and PY_THROW could not be local before 3.15: there they are global, and
     those of other code are ignored.
   - A jump back within a line (`for x in xs: f(x)`) is a hit for sys.settrace, but no
     LINE event. Code that contains one has JUMP events as well.
   - Long functions of 3.12 and the first 3.13: see long_code.h.
   - A frame starts with its first line as a rule, and the LINE event of that says all
     that PY_START does. So PY_START is disabled as soon as it came once, which saves a
     third of what a call of a short function costs. There are exceptions, which
     code_info.first_offset knows: where the first line is the def line there would be
     no LINE event then (cpython#155992); and where a loop leads back to it, it does not
     mean that a frame starts. PY_START must be in the mask all the same: without it
     CPython loses more events. */

#include "monitor/source_monitor.h"

#include "monitor/code_events.h"
#include "monitor/long_code.h"
#include "record/fast.h"

#if HAVE_MONITORING

/* After so many starts a source keeps its tool when it stops: see shared_tool.h. */
enum { STARTS_TILL_IDLE = 8 };

typedef struct {
    source base;
    tool_member member;
    unsigned int starts;
    core_state *state; /* borrowed */
} monitor_source;

/* -- What each event means to one source --------------------------------------------
 */

static inline bool
line_event(tool_member *member, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    event ev;
    if (!event_begin(&ev, member, args)) {
        return false;
    }
    int line = compat_small_int(args[1]);
    if (!recorder_line_on_top(ev.rec, ev.frame, line, ev.now)) {
        int offset = compat_frame_offset(ev.frame);
        recorder_line_below(ev.rec, ev.code, ev.frame, line, offset, ev.now);
    }
    return false;
}

static inline bool
start_event(tool_member *member, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    event ev;
    if (!event_begin(&ev, member, args)) {
        return false;
    }
    const registry_entry *entry =
        recorder_enter(ev.rec, ev.code, ev.frame, ENTER_START, ev.now);
    /* If so, the first line will do from now on. */
    return entry != NULL && entry->info.first_offset >= 0 && entry->long_code == NULL;
}

static inline bool
resume_event(tool_member *member, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    event ev;
    if (event_begin(&ev, member, args)) {
        recorder_enter(ev.rec, ev.code, ev.frame, ENTER_RESUME, ev.now);
    }
    return false;
}

/* Whether an event that may be global is of measured code: nearly all are not, and that
   is to be known before the clock is read. */
static inline bool
is_measured(const tool_member *member, PyObject *const *args)
{
    return recorder_measures(member->rec, (PyCodeObject *)args[0]);
}

static inline bool
throw_event(tool_member *member, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    event ev;
    if (is_measured(member, args) && event_begin(&ev, member, args)) {
        bool never_ran = compat_never_ran(ev.code, compat_small_int(args[1]));
        enter_kind kind = never_ran ? ENTER_THROW : ENTER_RESUME;
        recorder_enter(ev.rec, ev.code, ev.frame, kind, ev.now);
    }
    return false;
}

static inline bool
yield_event(tool_member *member, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    event ev;
    if (event_begin(&ev, member, args)) {
        recorder_leave(ev.rec, ev.code, ev.frame, LEAVE_SUSPEND, ev.now);
    }
    return false;
}

static inline bool
return_event(tool_member *member, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    event ev;
    if (event_begin(&ev, member, args)) {
        recorder_leave(ev.rec, ev.code, ev.frame, LEAVE_END, ev.now);
    }
    return false;
}

static inline bool
unwind_event(tool_member *member, PyObject *const *args, Py_ssize_t Py_UNUSED(count))
{
    event ev;
    if (is_measured(member, args) && event_begin(&ev, member, args)) {
        recorder_leave(ev.rec, ev.code, ev.frame, LEAVE_END, ev.now);
    }
    return false;
}

/* A jump within one line arrives there again. Other jumps lead to LINE events. */
static inline bool
jump_event(tool_member *member, PyObject *const *args, Py_ssize_t count)
{
    event ev;
    if (!event_begin(&ev, member, args)) {
        return false;
    }
    const registry_entry *entry = event_entry(member, args[0]);
    if (entry == NULL || count < 3) {
        return false;
    }
    int from = compat_small_int(args[1]), to = compat_small_int(args[2]);
    int line = code_info_line(&entry->info, from);
    if (to > from || line == 0 || line != code_info_line(&entry->info, to)) {
        return true;
    }
    recorder_line(ev.rec, ev.code, ev.frame, line, ev.now);
    return false;
}

/* -- The callbacks --------------------------------------------------------------------

   Those that come often try fast.h first. */

/* What fast.h goes by: whose event, where, and when. */
typedef struct {
    const recorder *rec;   /* borrowed */
    thread_record *thread; /* borrowed */
    const void *frame;     /* identity */
    uint64_t now;          /* ticks */
} direct_event;

/* Begin an event that has `count` arguments; false if only the general way will do. */
static inline bool
direct_begin(direct_event *ev, PyObject *self, size_t nargsf, uint32_t count)
{
    const PyThreadState *state = compat_thread_state();
    ev->rec = tool_direct(self, nargsf, count);
    if (UNLIKELY(ev->rec == NULL)) {
        return false;
    }
    ev->thread = fast_thread(ev->rec, state);
    ev->frame = compat_frame_of(state);
    ev->now = clock_read_counter();
    return ev->thread != NULL && LIKELY(ev->now < ev->rec->pace_due);
}

/* on_line() for all but a line of the frame on top. Apart, so that on_line() saves few
   registers. `thread` is NULL if only the general way will do. */
static NOINLINE PyObject *
on_other_line(PyObject *self, PyObject *const *args, size_t nargsf,
              thread_record *thread, const void *frame, uint64_t now)
{
    if (LIKELY(thread != NULL)) {
        const recorder *rec = tool_direct(self, nargsf, 2);
        PyCodeObject *code = (PyCodeObject *)args[0];
        int line = compat_small_int(args[1]);
        if (LIKELY(fast_first_line(rec, thread, code, frame, line, now))) {
            Py_RETURN_NONE;
        }
    }
    return deliver(self, args, nargsf, line_event);
}

static PyObject *
on_line(PyObject *self, PyObject *const *args, size_t nargsf,
        PyObject *Py_UNUSED(names))
{
    direct_event ev;
    if (UNLIKELY(!direct_begin(&ev, self, nargsf, 2))) {
        return on_other_line(self, args, nargsf, NULL, NULL, 0);
    }
    int line = compat_small_int(args[1]);
    if (UNLIKELY(!fast_line(ev.rec, ev.thread, ev.frame, line, ev.now))) {
        return on_other_line(self, args, nargsf, ev.thread, ev.frame, ev.now);
    }
    Py_RETURN_NONE;
}

static PyObject *
on_start(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    return deliver(self, args, nargsf, start_event);
}

static PyObject *
on_resume(PyObject *self, PyObject *const *args, size_t nargsf,
          PyObject *Py_UNUSED(names))
{
    direct_event ev;
    if (LIKELY(direct_begin(&ev, self, nargsf, 2)) &&
        LIKELY(fast_resume(ev.rec, ev.thread, (PyCodeObject *)args[0], ev.frame,
                           ev.now))) {
        Py_RETURN_NONE;
    }
    return deliver(self, args, nargsf, resume_event);
}

static PyObject *
on_yield(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    direct_event ev;
    if (LIKELY(direct_begin(&ev, self, nargsf, 3)) &&
        LIKELY(fast_suspend(ev.rec, ev.thread, ev.frame, ev.now))) {
        Py_RETURN_NONE;
    }
    return deliver(self, args, nargsf, yield_event);
}

static PyObject *
on_return(PyObject *self, PyObject *const *args, size_t nargsf,
          PyObject *Py_UNUSED(names))
{
    direct_event ev;
    if (LIKELY(direct_begin(&ev, self, nargsf, 3)) &&
        LIKELY(fast_return(ev.rec, ev.thread, ev.frame, ev.now))) {
        Py_RETURN_NONE;
    }
    return deliver(self, args, nargsf, return_event);
}

static PyObject *
on_unwind(PyObject *self, PyObject *const *args, size_t nargsf,
          PyObject *Py_UNUSED(names))
{
    return deliver(self, args, nargsf, unwind_event);
}

static PyObject *
on_throw(PyObject *self, PyObject *const *args, size_t nargsf,
         PyObject *Py_UNUSED(names))
{
    return deliver(self, args, nargsf, throw_event);
}

static PyObject *
on_jump(PyObject *self, PyObject *const *args, size_t nargsf,
        PyObject *Py_UNUSED(names))
{
    direct_event ev;
    if (LIKELY(direct_begin(&ev, self, nargsf, 3))) {
        int from = compat_small_int(args[1]), to = compat_small_int(args[2]);
        if (LIKELY(fast_jump(ev.rec, ev.thread, ev.frame, from, to, ev.now))) {
            Py_RETURN_NONE;
        }
    }
    return deliver(self, args, nargsf, jump_event);
}

/* In the order of AT_*. */
static const tool_event event_table[] = {
    {"LINE",              on_line                 },
    {"PY_START",          on_start                },
    {"PY_RESUME",         on_resume               },
    {"PY_YIELD",          on_yield                },
    {"PY_RETURN",         on_return               },
    {"PY_UNWIND",         on_unwind               },
    {"PY_THROW",          on_throw                },
    {"JUMP",              on_jump                 },
    {"INSTRUCTION",       long_code_on_instruction},
    {"CALL",              long_code_on_call       },
    {"EXCEPTION_HANDLED", long_code_on_handled    },
    {NULL,                NULL                    },
};

/* -- The source ---------------------------------------------------------------------
 */

static source *
monitor_open(PyObject *module, recorder *rec)
{
    monitor_source *src = PyMem_Calloc(1, sizeof(monitor_source));
    if (src == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    src->base.kind = &source_monitor;
    src->member.rec = rec;
    src->state = PyModule_GetState(module);
    return &src->base;
}

static int
monitor_start(source *base)
{
    monitor_source *src = (monitor_source *)base;
    if (src->member.shared != NULL) {
        src->member.idle = false;
        return 0;
    }
    if (shared_tool_join(src->state, &src->member, event_table) < 0) {
        return -1;
    }
    if (code_events_start(src->member.shared) < 0) {
        shared_tool_leave(src->state, &src->member);
        return -1;
    }
    src->starts++;
    return 0;
}

static int
monitor_watch(source *base, registry_entry *entry)
{
    return code_events_arm(((monitor_source *)base)->member.shared, entry);
}

static void
monitor_unwatch(source *base, registry_entry *entry)
{
    const tool_member *member = &((monitor_source *)base)->member;
    if (!shared_tool_has_other(member, entry->code)) {
        code_events_disarm(member->shared, entry);
    }
}

/* Running frames have their events as soon as the code object has. */
static void
monitor_attach(source *Py_UNUSED(base), const registry_entry *Py_UNUSED(entry))
{
}

static void
monitor_release(source *base)
{
    monitor_source *src = (monitor_source *)base;
    if (src->member.shared != NULL) {
        shared_tool_leave(src->state, &src->member);
        src->member.idle = false;
    }
}

static void
monitor_stop(source *base)
{
    monitor_source *src = (monitor_source *)base;
    if (src->starts < STARTS_TILL_IDLE) {
        monitor_release(base);
    }
    else {
        src->member.idle = true;
    }
}

static void
monitor_close(source *base)
{
    PyMem_Free(base);
}

static int
monitor_tool_id(const source *base)
{
    const shared_tool *shared = ((const monitor_source *)base)->member.shared;
    return shared == NULL ? -1 : shared->tool.id;
}

const source_kind source_monitor = {
    .name = "monitor",
    .open = monitor_open,
    .start = monitor_start,
    .watch = monitor_watch,
    .unwatch = monitor_unwatch,
    .attach = monitor_attach,
    .stop = monitor_stop,
    .release = monitor_release,
    .close = monitor_close,
    .tool_id = monitor_tool_id,
};

#endif
