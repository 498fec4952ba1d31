#include "profiler.h"

#include <errno.h>
#include <string.h>

#include "record/settle.h"
#include "record/snapshot.h"
#include "state.h"

/* What this Python has, the default first. */
static const source_kind *const kinds[] = {
#if HAVE_MONITORING
    &source_monitor,
#endif
    &source_trace,
};

PyObject *
profiler_core_names(void)
{
    PyObject *names = PyTuple_New(Py_ARRAY_LENGTH(kinds));
    for (size_t i = 0; names != NULL && i < Py_ARRAY_LENGTH(kinds); i++) {
        PyObject *name = PyUnicode_FromString(kinds[i]->name);
        if (name == NULL) {
            Py_CLEAR(names);
        }
        else {
            PyTuple_SET_ITEM(names, (Py_ssize_t)i, name);
        }
    }
    return names;
}

/* -- Methods: _core.pyi says more ------------------------------------------------- */

/* Whether a text may be kept in a shard; false with an exception set. */
static bool
is_short_text(const Py_buffer *text)
{
    if (text->len > SHARD_MOST_TEXT) {
        PyErr_Format(PyExc_ValueError, "a text of %zd bytes is too long", text->len);
        return false;
    }
    return true;
}

PyDoc_STRVAR(watch_doc, "watch($self, code, /, always=False, about=b'')\n--\n\n"
                        "Measure a code object; True if it was not watched so before.");

static PyObject *
profiler_watch(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"", "always", "about", NULL};
    Profiler *self = (Profiler *)op;
    PyObject *code;
    int always = 0;
    Py_buffer about = {.buf = ""};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|py*:watch", names, &PyCode_Type,
                                     &code, &always, &about)) {
        return NULL;
    }
    int added = -1;
    if (is_short_text(&about)) {
        added = engine_watch(&self->state, (PyCodeObject *)code, always, &about);
    }
    if (about.obj != NULL) {
        PyBuffer_Release(&about);
    }
    return added < 0 ? NULL : PyBool_FromLong(added);
}

PyDoc_STRVAR(unwatch_doc, "unwatch($self, code, /)\n--\n\n"
                          "Measure a code object no more; its numbers stay.");

static PyObject *
profiler_unwatch(PyObject *op, PyObject *code)
{
    Profiler *self = (Profiler *)op;
    if (!PyCode_Check(code)) {
        PyErr_Format(PyExc_TypeError, "unwatch() needs a code object, not '%.200s'",
                     Py_TYPE(code)->tp_name);
        return NULL;
    }
    int ret = engine_unwatch(&self->state, (PyCodeObject *)code);
    return ret < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(start_doc, "start($self, /)\n--\n\n"
                        "Begin to measure all watched code, on all threads.");

static PyObject *
profiler_start(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return engine_start(&((Profiler *)op)->state) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(stop_doc, "stop($self, /)\n--\n\n"
                       "Measure no more but code watched for always, and beneath it.");

static PyObject *
profiler_stop(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    engine *state = &((Profiler *)op)->state;
    bool failed = engine_stop(state) < 0 || recorder_report(&state->rec) < 0;
    return failed ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(close_doc, "close($self, /)\n--\n\n"
                        "Measure nothing any more; the numbers stay.");

static PyObject *
profiler_close(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    engine *state = &((Profiler *)op)->state;
    bool failed = engine_stop_all(state) < 0 || recorder_report(&state->rec) < 0;
    return failed ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(set_cost_doc, "set_cost($self, enter, line, leave, hits=(), end=0, "
                           "resume=0, back=0, made=0, raised=0, pace=0, /)\n--\n\n"
                           "Set the ticks that each kind of event costs the program.");

/* Read a number of ticks: 0, or -1 with an exception set. */
static int
read_cost(PyObject *item, uint64_t *cost)
{
    long long value = PyLong_AsLongLong(item);
    if (value < 0) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "a cost must not be negative");
        }
        return -1;
    }
    *cost = (uint64_t)value;
    return 0;
}

static PyObject *
profiler_set_cost(PyObject *op, PyObject *args)
{
    recorder *rec = &((Profiler *)op)->state.rec;
    PyObject *events[EVENT_KINDS] = {NULL}, *hits = NULL, *pace = NULL;
    event_costs costs = {0};
    uint64_t at = 0;
    if (!PyArg_ParseTuple(args, "OOO|O!OOOOOO:set_cost", &events[EVENT_ENTER],
                          &events[EVENT_LINE], &events[EVENT_LEAVE], &PyTuple_Type,
                          &hits, &events[EVENT_END], &events[EVENT_RESUME],
                          &events[EVENT_BACK], &events[EVENT_MADE],
                          &events[EVENT_RAISED], &pace)) {
        return NULL;
    }
    Py_ssize_t count = hits == NULL ? 0 : PyTuple_GET_SIZE(hits);
    if (count > LINE_KINDS) {
        PyErr_Format(PyExc_ValueError, "there are only %d kinds of lines", LINE_KINDS);
        return NULL;
    }
    for (int i = 0; i < EVENT_KINDS; i++) {
        if (events[i] != NULL && read_cost(events[i], &costs.event[i]) < 0) {
            return NULL;
        }
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (read_cost(PyTuple_GET_ITEM(hits, i), &costs.hit[i]) < 0) {
            return NULL;
        }
    }
    if (pace != NULL && read_cost(pace, &at) < 0) {
        return NULL;
    }
    recorder_set_costs(rec, &costs, at);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(pace_doc,
             "pace($self, /)\n--\n\n"
             "Ticks of a fixed piece of work: how fast the processor is now.");

static PyObject *
profiler_pace(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    const recorder *rec = &((Profiler *)op)->state.rec;
    return PyLong_FromUnsignedLongLong(
        recorder_reads_counter(rec) ? pace_measure(&rec->pace_things) : 0);
}

PyDoc_STRVAR(clear_doc, "clear($self, /)\n--\n\n"
                        "Forget all numbers, keep what is watched.");

static PyObject *
profiler_clear_numbers(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    recorder *rec = &((Profiler *)op)->state.rec;
    settle_clear(rec, recorder_now(rec));
    Py_RETURN_NONE;
}

PyDoc_STRVAR(snapshot_doc, "snapshot($self, /)\n--\n\n"
                           "The numbers so far, open lines included, by thread.");

static PyObject *
profiler_snapshot(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    recorder *rec = &((Profiler *)op)->state.rec;
    return snapshot_build(rec, recorder_now(rec));
}

PyDoc_STRVAR(note_doc, "note($self, text, /)\n--\n\n"
                       "Append a note to the shard; no effect without one.");

static PyObject *
profiler_note(PyObject *op, PyObject *text)
{
    recorder *rec = &((Profiler *)op)->state.rec;
    Py_buffer note;
    if (PyObject_GetBuffer(text, &note, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    bool fine = is_short_text(&note);
    if (fine) {
        shard_put_text(rec->shard, SHARD_NOTE, NULL, note.buf, (size_t)note.len);
    }
    PyBuffer_Release(&note);
    return fine ? Py_NewRef(Py_None) : NULL;
}

#define WATCH (PyCFunction)(void (*)(void)) profiler_watch

static PyMethodDef profiler_methods[] = {
    {"watch",    WATCH,                  METH_VARARGS | METH_KEYWORDS, watch_doc   },
    {"unwatch",  profiler_unwatch,       METH_O,                       unwatch_doc },
    {"start",    profiler_start,         METH_NOARGS,                  start_doc   },
    {"stop",     profiler_stop,          METH_NOARGS,                  stop_doc    },
    {"close",    profiler_close,         METH_NOARGS,                  close_doc   },
    {"set_cost", profiler_set_cost,      METH_VARARGS,                 set_cost_doc},
    {"pace",     profiler_pace,          METH_NOARGS,                  pace_doc    },
    {"clear",    profiler_clear_numbers, METH_NOARGS,                  clear_doc   },
    {"snapshot", profiler_snapshot,      METH_NOARGS,                  snapshot_doc},
    {"note",     profiler_note,          METH_O,                       note_doc    },
    {NULL,       NULL,                   0,                            NULL        },
};

/* -- Properties ------------------------------------------------------------------- */

static PyObject *
get_core(PyObject *op, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(((Profiler *)op)->state.src->kind->name);
}

static PyObject *
get_clock(PyObject *op, void *Py_UNUSED(closure))
{
    recorder *rec = &((Profiler *)op)->state.rec;
    return PyUnicode_FromString(rec->timer.function ? "timer"
                                                    : clock_name(&rec->clock));
}

static PyObject *
get_reason(PyObject *op, void *Py_UNUSED(closure))
{
    recorder *rec = &((Profiler *)op)->state.rec;
    return PyUnicode_FromString(rec->timer.function ? "" : rec->clock.reason);
}

static PyObject *
get_tick(PyObject *op, void *Py_UNUSED(closure))
{
    recorder *rec = &((Profiler *)op)->state.rec;
    return PyFloat_FromDouble(rec->timer.function ? 1e-9 : clock_tick(&rec->clock));
}

static PyObject *
get_active(PyObject *op, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(((Profiler *)op)->state.active > 0);
}

static PyObject *
get_tool_id(PyObject *op, void *Py_UNUSED(closure))
{
    source *src = ((Profiler *)op)->state.src;
    int id = src->kind->tool_id == NULL ? -1 : src->kind->tool_id(src);
    return id < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(id);
}

static PyObject *
get_shard(PyObject *op, void *Py_UNUSED(closure))
{
    const char *path = shard_path(((Profiler *)op)->state.rec.shard);
    return path[0] == '\0' ? Py_NewRef(Py_None) : PyUnicode_DecodeFSDefault(path);
}

static PyObject *
get_lost(PyObject *op, void *Py_UNUSED(closure))
{
    shard *own = ((Profiler *)op)->state.rec.shard;
    return PyLong_FromUnsignedLongLong(own == NULL ? 0 : shard_head(own)->lost);
}

static PyGetSetDef profiler_getset[] = {
    {"core",         get_core,    NULL, "Event source in use.",                  NULL},
    {"clock",        get_clock,   NULL, "Clock that is read.",                   NULL},
    {"clock_reason", get_reason,  NULL, "Why that one, or nothing.",             NULL},
    {"tick",         get_tick,    NULL, "Seconds per tick, as measured by now.", NULL},
    {"active",       get_active,  NULL, "Whether hooks are in place.",           NULL},
    {"tool_id",      get_tool_id, NULL, "sys.monitoring tool in use, or None.",  NULL},
    {"shard",        get_shard,   NULL, "File the numbers are in, or None.",     NULL},
    {"lost",         get_lost,    NULL, "Bytes of numbers not in the shard.",    NULL},
    {NULL,           NULL,        NULL, NULL,                                    NULL},
};

/* -- The type --------------------------------------------------------------------- */

PyDoc_STRVAR(profiler_doc,
             "Profiler(*, core=..., clock='wall', timer=None, shard=None)\n--\n\n"
             "Records hits and times of the lines of watched code objects.");

static const source_kind *
find_kind(const char *name)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds); i++) {
        if (name == NULL || strcmp(kinds[i]->name, name) == 0) {
            return kinds[i];
        }
    }
    PyErr_Format(PyExc_ValueError, "no such core on this Python: '%s'", name);
    return NULL;
}

static void
copy_name(char *into, size_t size, const char *name)
{
    size_t length = strlen(name);
    memcpy(into, name, length < size ? length : size - 1);
}

/* Have a new profiler keep its numbers in a file: 0, or -1 with an exception set. */
static int
keep_in_shard(Profiler *self, PyObject *path)
{
    recorder *rec = &self->state.rec;
    if (settle_open_shard(rec, PyBytes_AS_STRING(path)) < 0) {
        if (errno == ENOSYS) {
            PyErr_SetString(PyExc_NotImplementedError,
                            "this system has no files to keep numbers in");
        }
        else if (errno == ENOMEM) {
            PyErr_NoMemory();
        }
        else {
            PyErr_SetFromErrnoWithFilename(PyExc_OSError, PyBytes_AS_STRING(path));
        }
        return -1;
    }
    bool timed = rec->timer.function != NULL;
    shard_header *header = shard_head(rec->shard);
    copy_name(header->core, sizeof(header->core), self->state.src->kind->name);
    copy_name(header->clock, sizeof(header->clock),
              timed ? "timer" : clock_name(&rec->clock));
    shard_begin(rec->shard);
    return 0;
}

static PyObject *
profiler_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"core", "clock", "timer", "shard", NULL};
    const char *core = NULL, *clock = "wall";
    PyObject *timer = Py_None, *shard_name = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$zsOO:Profiler", names, &core,
                                     &clock, &timer, &shard_name)) {
        return NULL;
    }
    const source_kind *kind = find_kind(core);
    if (kind == NULL) {
        return NULL;
    }
    bool cpu = strcmp(clock, "cpu") == 0;
    if (!cpu && strcmp(clock, "wall") != 0) {
        PyErr_Format(PyExc_ValueError, "no such clock: '%s' (wall, cpu)", clock);
        return NULL;
    }
    if (timer != Py_None && !PyCallable_Check(timer)) {
        PyErr_SetString(PyExc_TypeError, "the timer must be callable");
        return NULL;
    }
    PyObject *module = PyType_GetModule(type); /* borrowed */
    core_state *state = module == NULL ? NULL : PyModule_GetState(module);
    if (state == NULL) {
        return NULL;
    }
    PyObject *path = NULL;
    if (shard_name != Py_None && !PyUnicode_FSConverter(shard_name, &path)) {
        return NULL;
    }
    Profiler *self = (Profiler *)type->tp_alloc(type, 0);
    if (self == NULL) {
        Py_XDECREF(path);
        return NULL;
    }
    if (recorder_init(&self->state.rec, cpu, timer == Py_None ? NULL : timer,
                      &state->next_key) < 0 ||
        (self->state.src = kind->open(module, &self->state.rec)) == NULL ||
        (self->state.greenlets =
             greenlets_open(state->tracer_type, &self->state.rec)) == NULL ||
        (path != NULL && keep_in_shard(self, path) < 0)) {
        Py_XDECREF(path);
        Py_DECREF(self);
        return NULL;
    }
    Py_XDECREF(path);
    self->state.rec.timer.owner = (PyObject *)self;
    return (PyObject *)self;
}

static int
profiler_traverse(PyObject *op, visitproc visit, void *arg)
{
    Profiler *self = (Profiler *)op;
    Py_VISIT(Py_TYPE(op));
    int visited = timer_traverse(&self->state.rec.timer, visit, arg);
    if (visited != 0) {
        return visited;
    }
    return registry_traverse(&self->state.rec.registry, visit, arg);
}

/* Code objects stay until the end: running hooks look them up. Nothing they hold
   leads back here. */
static int
profiler_tp_clear(PyObject *op)
{
    Profiler *self = (Profiler *)op;
    if (self->state.src != NULL) {
        (void)engine_stop_all(&self->state); /* nobody else can be at it */
    }
    timer_clear(&self->state.rec.timer);
    return 0;
}

static void
profiler_dealloc(PyObject *op)
{
    Profiler *self = (Profiler *)op;
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    self->state.rec.timer.owner = NULL; /* for it to be asked once more */
    (void)profiler_tp_clear(op);
    if (self->state.src != NULL) {
        self->state.src->kind->close(self->state.src);
    }
    if (self->state.greenlets != NULL) {
        greenlets_close(self->state.greenlets);
    }
    recorder_free(&self->state.rec);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyType_Slot profiler_slots[] = {
    {Py_tp_doc,      (void *)profiler_doc},
    {Py_tp_new,      profiler_new        },
    {Py_tp_dealloc,  profiler_dealloc    },
    {Py_tp_traverse, profiler_traverse   },
    {Py_tp_clear,    profiler_tp_clear   },
    {Py_tp_methods,  profiler_methods    },
    {Py_tp_getset,   profiler_getset     },
    {0,              NULL                },
};

PyType_Spec profiler_spec = {
    .name = "lineprof._core.Profiler",
    .basicsize = sizeof(Profiler),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = profiler_slots,
};
