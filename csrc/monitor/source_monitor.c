/* sys.monitoring -> enter, line, leave (3.12 and later).

   Events are set on watched code objects only; all other code runs as if nobody
   measured. Four things need more than a LINE event:

   - PY_UNWIND and PY_THROW could not be local before 3.15: there they are global,
     and the recorder ignores those of other code.
   - A jump back within a line (`for x in xs: f(x)`) is a hit for sys.settrace, and
     no LINE event. Code that contains one has JUMP events as well.
   - Where CPython looks a line up in O(n) at each event (code_info.slow_lines),
     INSTRUCTION events take the place of LINE and JUMP, disabled wherever the line
     cannot change, with a table of what arriving there means. Two more events tell
     of changes that no instruction shows: CALL and EXCEPTION_HANDLED.
   - A frame starts with its first line as a rule, whose LINE event says all that
     PY_START does: that is disabled as soon as it was told once, a third of what a
     call of a short function costs. Where the first line is the def line there would
     be no LINE event then (cpython#155992), and no PY_START in the mask at all loses
     more; where a loop leads back to it, it does not tell of a start
     (code_info.first_offset). */

#include "monitor/source_monitor.h"

#include "monitor/shared_tool.h"

#if HAVE_MONITORING

typedef struct {
    source base;
    hub_member member;
    core_state *state; /* borrowed */
} monitor_source;

static inline const code_info *
find_info(const hub_member *src, PyObject *code)
{
    registry_entry *entry =
        registry_find(&src->rec->registry, (const PyCodeObject *)code);
    return entry == NULL || !entry->active ? NULL : &entry->info;
}

/* The same, for an event of the frame that runs, which is nearly always the one on top
   of the thread's stack. */
static inline const code_info *
find_running_info(const hub_member *src, PyObject *code, const void *frame)
{
    const thread_record *thread = recorder_thread(src->rec);
    if (LIKELY(thread != NULL && thread->top->frame == frame)) {
        const registry_entry *entry = thread->top->function->entry;
        if (LIKELY((const void *)entry->code == code)) {
            return &entry->info;
        }
    }
    return find_info(src, code);
}

/* A line number or an offset: never too large for an int. */
static inline int
read_int(PyObject *value)
{
    const PyLongObject *number = (const PyLongObject *)value;
    if (UNLIKELY(!PyLong_CheckExact(value) || !PyUnstable_Long_IsCompact(number))) {
        return 0;
    }
    return (int)PyUnstable_Long_CompactValue(number);
}

/* What an event means to one source; whether there need be no more of them. */
typedef bool (*event_function)(hub_member *src, PyObject *const *args, size_t nargsf);

static NOINLINE bool
tell_all(monitor_hub *hub, PyObject *const *args, size_t nargsf, event_function event)
{
    bool disable = false;
    unsigned int changes = hub->changes;
    for (hub_member *src = hub->first; src != NULL; src = src->next) {
        disable |= event(src, args, nargsf);
        if (hub->changes != changes) {
            return false; /* its timer has started or stopped a profiler */
        }
    }
    return disable;
}

static inline PyObject *
tell(PyObject *self, PyObject *const *args, size_t nargsf, event_function event)
{
    hub_member *first = monitoring_owner(self, nargsf);
    if (UNLIKELY(first == NULL)) {
        Py_RETURN_NONE;
    }
    monitor_hub *hub = first->hub;
    bool disable = LIKELY(first->next == NULL) ? event(first, args, nargsf)
                                               : tell_all(hub, args, nargsf, event);
    return Py_NewRef(disable ? hub->tool.disable : Py_None);
}

#define EVENT(name)                                                                    \
    static inline bool name##_of(                                                      \
        hub_member *src, PyObject *const *args, size_t nargsf);                        \
    static PyObject *name(PyObject *self,                                              \
                          PyObject *const *args,                                       \
                          size_t nargsf,                                               \
                          PyObject *Py_UNUSED(names))                                  \
    {                                                                                  \
        return tell(self, args, nargsf, name##_of);                                    \
    }                                                                                  \
    static inline bool name##_of(                                                      \
        hub_member *src, PyObject *const *args, MAYBE_UNUSED size_t nargsf)

/* First thing in nearly every event: when was it, and whose? */
#define BEGIN_EVENT                                                                    \
    recorder *rec = src->rec;                                                          \
    uint64_t now = recorder_now(rec);                                                  \
    if (recorder_now_ran_python(rec) && src->hub == NULL) {                            \
        return false; /* closed meanwhile */                                           \
    }                                                                                  \
    PyCodeObject *code = (PyCodeObject *)args[0];                                      \
    const void *frame = compat_current_frame();

EVENT(on_line)
{
    BEGIN_EVENT
    int line = read_int(args[1]);
    if (!recorder_line_on_top(rec, frame, line, now)) {
        recorder_line_below(rec, code, frame, line, compat_frame_offset(frame), now);
    }
    return false;
}

EVENT(on_start)
{
    BEGIN_EVENT
    const registry_entry *entry = recorder_enter(rec, code, frame, ENTER_START, now);
    if (entry != NULL && entry->info.first_offset >= 0) {
        return true; /* the first line will do from now on */
    }
    return false;
}

EVENT(on_resume)
{
    BEGIN_EVENT
    recorder_enter(rec, code, frame, ENTER_RESUME, now);
    return false;
}

/* Whether an event that cannot be local, as nearly all of its kind are of other code,
   is of measured code: asked before it costs a reading of the clock. */
static inline bool
is_measured(const hub_member *src, PyObject *const *args)
{
    return recorder_measures(src->rec, (PyCodeObject *)args[0]);
}

EVENT(on_throw)
{
    if (!is_measured(src, args)) {
        return false;
    }
    BEGIN_EVENT
    bool never_ran = compat_never_ran(code, read_int(args[1]));
    recorder_enter(rec, code, frame, never_ran ? ENTER_THROW : ENTER_RESUME, now);
    return false;
}

EVENT(on_yield)
{
    BEGIN_EVENT
    recorder_leave(rec, code, frame, LEAVE_SUSPEND, now);
    return false;
}

EVENT(on_return)
{
    BEGIN_EVENT
    recorder_leave(rec, code, frame, LEAVE_END, now);
    return false;
}

EVENT(on_unwind)
{
    if (!is_measured(src, args)) {
        return false;
    }
    BEGIN_EVENT
    recorder_leave(rec, code, frame, LEAVE_END, now);
    return false;
}

/* A jump within one line arrives there again. Other jumps lead to LINE events. */
EVENT(on_jump)
{
    BEGIN_EVENT
    const code_info *info = find_info(src, args[0]);
    if (info == NULL || info->line_of == NULL || PyVectorcall_NARGS(nargsf) < 3) {
        return false;
    }
    int from = read_int(args[1]), to = read_int(args[2]);
    int line = code_info_line(info, from);
    if (to > from || line == 0 || line != code_info_line(info, to)) {
        return true;
    }
    recorder_line(rec, code, frame, line, now);
    return false;
}

EVENT(on_instruction)
{
    BEGIN_EVENT
    const code_info *info = find_running_info(src, args[0], frame);
    Py_ssize_t unit = read_int(args[1]) / CODE_UNIT;
    if (info == NULL || info->steps == NULL || unit < 0 || unit >= info->units) {
        return false;
    }
    int step = info->steps[unit], line = info->line_of[unit];
    if (!(step & STEP_EVENT)) {
        return true;
    }
    if (step & STEP_ALWAYS) {
        recorder_set_at(rec, frame, 0);
    }
    if (step & STEP_START) {
        recorder_arrive(rec, code, frame, line, now);
    }
    else {
        recorder_set_at(rec, frame, line);
    }
    if (step & STEP_REPEAT) {
        recorder_line(rec, code, frame, line, now);
    }
    return false;
}

EVENT(on_call)
{
    const code_info *info = find_info(src, args[0]);
    if (info == NULL || info->steps == NULL || PyVectorcall_NARGS(nargsf) < 3) {
        return false;
    }
    Py_ssize_t unit = read_int(args[1]) / CODE_UNIT;
    if (unit >= info->units || !(info->steps[unit] & STEP_CALL)) {
        return true;
    }
    PyObject *callee = args[2];
    if (PyMethod_Check(callee)) {
        callee = PyMethod_GET_FUNCTION(callee);
    }
    if (PyFunction_Check(callee)) {
        recorder_set_at(src->rec, compat_current_frame(), 0);
    }
    return false;
}

/* The frame still stands where the exception came from: RERAISE and throw() make that
   a place of their own choosing. */
EVENT(on_handled)
{
    const code_info *info = find_info(src, args[0]);
    if (info != NULL && info->steps != NULL) {
        const void *frame = compat_current_frame();
        int line = code_info_line(info, compat_frame_offset(frame));
        recorder_set_at(src->rec, frame, line);
    }
    return false;
}

enum {
    AT_LINE,
    AT_START,
    AT_RESUME,
    AT_YIELD,
    AT_RETURN,
    AT_UNWIND,
    AT_THROW,
    AT_JUMP,
    AT_INSTRUCTION,
    AT_CALL,
    AT_HANDLED,
};

/* In the order of AT_*. */
static const monitoring_event event_table[] = {
    {"LINE",              on_line       },
    {"PY_START",          on_start      },
    {"PY_RESUME",         on_resume     },
    {"PY_YIELD",          on_yield      },
    {"PY_RETURN",         on_return     },
    {"PY_UNWIND",         on_unwind     },
    {"PY_THROW",          on_throw      },
    {"JUMP",              on_jump       },
    {"INSTRUCTION",       on_instruction},
    {"CALL",              on_call       },
    {"EXCEPTION_HANDLED", on_handled    },
    {NULL,                NULL          },
};

/* An enabled event without need costs time, a missing one hits: exactly these. */
static int
local_events(const monitoring_tool *tool, const code_info *info)
{
    int events = monitoring_bit(tool, AT_START) | monitoring_bit(tool, AT_RESUME) |
                 monitoring_bit(tool, AT_YIELD) | monitoring_bit(tool, AT_RETURN);
    if (HAVE_LOCAL_UNWIND) {
        events |= monitoring_bit(tool, AT_UNWIND) | monitoring_bit(tool, AT_THROW);
    }
    if (info->slow_lines) {
        events |= monitoring_bit(tool, AT_INSTRUCTION);
        return CALL_LEAVES_LINE ? events | monitoring_bit(tool, AT_CALL) : events;
    }
    events |= monitoring_bit(tool, AT_LINE);
    if (info->same_line_jumps) {
        events |= monitoring_bit(tool, AT_JUMP);
    }
    return events;
}

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

/* Events that cannot be set on code objects. */
static int
set_global_events(monitor_hub *hub)
{
    const monitoring_tool *tool = &hub->tool;
    int events = hub->handles ? monitoring_bit(tool, AT_HANDLED) : 0;
    if (!HAVE_LOCAL_UNWIND) {
        events |= monitoring_bit(tool, AT_UNWIND) | monitoring_bit(tool, AT_THROW);
    }
    return events == 0 ? 0 : monitoring_set_global(&hub->tool, events);
}

static int
monitor_start(source *base)
{
    monitor_source *src = (monitor_source *)base;
    if (hub_join(src->state, &src->member, event_table) < 0) {
        return -1;
    }
    if (set_global_events(src->member.hub) < 0) {
        hub_leave(&src->member);
        return -1;
    }
    return 0;
}

static int
monitor_watch(source *base, registry_entry *entry)
{
    monitor_hub *hub = ((monitor_source *)base)->member.hub;
    if (entry->info.handlers && !hub->handles) {
        hub->handles = true;
        if (set_global_events(hub) < 0) {
            hub->handles = false;
            return -1;
        }
    }
    int events = local_events(&hub->tool, &entry->info);
    if (entry->info.names_debugger && !entry->info.slow_lines &&
        monitoring_expect_debugger(&hub->tool, entry->code) < 0) {
        return -1;
    }
    if (entry->info.slow_lines) {
        return monitoring_set_local_instructions(&hub->tool, entry->code, events);
    }
    return monitoring_set_local(&hub->tool, entry->code, events);
}

static void
monitor_unwatch(source *base, registry_entry *entry)
{
    hub_member *member = &((monitor_source *)base)->member;
    if (hub_shares(member, entry->code)) {
        return;
    }
    compat_error pending = compat_error_take();
    if (monitoring_set_local(&member->hub->tool, entry->code, 0) < 0) {
        PyErr_Clear();
    }
    compat_error_put_back(pending);
}

/* Running frames have their events as soon as the code object has. */
static void
monitor_attach(source *Py_UNUSED(base), const registry_entry *Py_UNUSED(entry))
{
}

static void
monitor_stop(source *base)
{
    hub_leave(&((monitor_source *)base)->member);
}

static void
monitor_close(source *base)
{
    PyMem_Free(base);
}

static int
monitor_tool_id(const source *base)
{
    const monitor_hub *hub = ((const monitor_source *)base)->member.hub;
    return hub == NULL ? -1 : hub->tool.id;
}

const source_kind source_monitor = {
    .name = "monitor",
    .open = monitor_open,
    .start = monitor_start,
    .watch = monitor_watch,
    .unwatch = monitor_unwatch,
    .attach = monitor_attach,
    .stop = monitor_stop,
    .close = monitor_close,
    .tool_id = monitor_tool_id,
};

#endif
