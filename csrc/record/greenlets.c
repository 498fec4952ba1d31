#include "record/greenlets.h"

#include "base/module_arrival.h"
#include "record/settle.h"

#include <stdlib.h>
#include <string.h>

struct greenlets {
    recorder *rec;         /* borrowed; NULL once it has closed */
    PyTypeObject *type;    /* owned; of the tracers */
    PyObject *settrace;    /* owned; functions of greenlet, NULL until it is there */
    PyObject *gettrace;    /* owned */
    PyObject *getcurrent;  /* owned */
    Py_ssize_t references; /* the profiler and the tracers */
    arrival_waiter waiter; /* for greenlet */
    bool running;          /* if not, tracers withdraw at their next switch */
};

typedef struct {
    PyObject_HEAD
    greenlets *group;   /* counted */
    PyObject *previous; /* owned; tracer of the thread before, or NULL */
} greenlet_tracer;

/* -- Stacks -------------------------------------------------------------------------
 */

/* Close all activations of the greenlet that runs and put them aside. */
static void
park(recorder *rec, thread_record *thread, uint64_t now)
{
    Py_ssize_t count = thread->top - thread->stack;
    parked_stack *parked = NULL;
    if (count > 0) {
        size_t size = (size_t)count * sizeof(activation);
        parked = malloc(sizeof(parked_stack) + size);
        if (parked != NULL) {
            parked->count = count;
            memcpy(parked->activations, thread->stack + 1, size);
        }
    }
    settle_out(thread, now);
    framemap_item item = {.frame = thread->greenlet, .stack = parked, .left = now};
    if (count > 0 && (parked == NULL || !framemap_put(&thread->parked, item))) {
        rec->short_of_memory = true;
        free(parked);
    }
}

/* Open again what a greenlet had on the stack when it was left. A line that is open
   several times is suspended once. */
static void
unpark(recorder *rec, thread_record *thread, const void *greenlet, uint64_t now)
{
    framemap_item item;
    if (!framemap_take(&thread->parked, greenlet, &item)) {
        return;
    }
    parked_stack *parked = item.stack;
    for (Py_ssize_t i = 0; i < parked->count; i++) {
        if (!settle_in(rec, thread, &parked->activations[i], now)) {
            break;
        }
        line_cell *cell = thread->top->cell;
        if (cell != NULL && cell->calling == 0) {
            cell->suspended += ticks_between(item.left, now);
        }
    }
    free(parked);
}

/* The thread runs `greenlet` from now on. */
static void
switch_to(recorder *rec, thread_record *thread, const void *greenlet, uint64_t now)
{
    if (thread->greenlet != NULL && thread->greenlet != greenlet) {
        park(rec, thread, now);
        unpark(rec, thread, greenlet, now);
    }
    thread->greenlet = greenlet;
    recorder_check(rec);
}

/* -- The tracer ---------------------------------------------------------------------
 */

static void
group_release(greenlets *group)
{
    if (--group->references == 0) {
        Py_CLEAR(group->settrace);
        Py_CLEAR(group->gettrace);
        Py_CLEAR(group->getcurrent);
        Py_CLEAR(group->type);
        PyMem_Free(group);
    }
}

/* The tracer of the calling thread, a new reference: None if there is none, NULL with
   an exception set. */
static PyObject *
current_tracer(greenlets *group)
{
    return PyObject_CallNoArgs(group->gettrace);
}

/* Set the tracer of the calling thread, NULL for none: 0, or -1 with an exception. */
static int
set_tracer(greenlets *group, PyObject *tracer)
{
    PyObject *before =
        PyObject_CallOneArg(group->settrace, tracer == NULL ? Py_None : tracer);
    Py_XDECREF(before);
    return before == NULL ? -1 : 0;
}

/* Whether one of the group's is among tracers of ours. */
static bool
has_tracer(const greenlets *group, PyObject *tracer)
{
    while (tracer != NULL && Py_IS_TYPE(tracer, group->type)) {
        if (((greenlet_tracer *)tracer)->group == group) {
            return true;
        }
        tracer = ((greenlet_tracer *)tracer)->previous;
    }
    return false;
}

/* Have ours on the calling thread: 0, or -1 with an exception set. */
static int
place_tracer(greenlets *group)
{
    int ret = -1;
    PyObject *previous = current_tracer(group);
    greenlet_tracer *tracer = NULL;
    if (previous == NULL) {
        goto done;
    }
    if (has_tracer(group, previous)) {
        ret = 0;
        goto done;
    }
    tracer = (greenlet_tracer *)group->type->tp_alloc(group->type, 0);
    if (tracer != NULL) {
        group->references++;
        tracer->group = group;
        tracer->previous = previous == Py_None ? NULL : Py_NewRef(previous);
        ret = set_tracer(group, (PyObject *)tracer);
    }
done:
    Py_XDECREF(tracer);
    Py_XDECREF(previous);
    return ret;
}

/* Take previous tracers of ours that have stopped out of the chain. */
static void
splice(greenlet_tracer *tracer)
{
    PyObject *previous;
    while ((previous = tracer->previous) != NULL &&
           Py_IS_TYPE(previous, Py_TYPE(tracer)) &&
           !((greenlet_tracer *)previous)->group->running) {
        tracer->previous = Py_XNewRef(((greenlet_tracer *)previous)->previous);
        Py_DECREF(previous);
    }
}

/* Take stopped tracers of ours from the calling thread: 0, or -1 with an exception. */
static int
withdraw(greenlets *group)
{
    PyObject *current = current_tracer(group);
    if (current == NULL) {
        return -1;
    }
    int ret = 0;
    if (Py_IS_TYPE(current, group->type)) {
        greenlet_tracer *tracer = (greenlet_tracer *)current;
        splice(tracer);
        if (!tracer->group->running) {
            ret = set_tracer(group, tracer->previous);
        }
    }
    Py_DECREF(current);
    return ret;
}

/* Call the previous tracer. If it puts another one in its own place, or raises, which
   takes it from the thread, ours stays on top of what is left. */
static PyObject *
forward(greenlet_tracer *tracer, PyObject *args, PyObject *kwargs)
{
    greenlets *group = tracer->group;
    splice(tracer);
    if (tracer->previous == NULL) {
        Py_RETURN_NONE;
    }
    PyObject *before = current_tracer(group);
    PyObject *previous = Py_NewRef(tracer->previous);
    PyObject *result = PyObject_Call(previous, args, kwargs);
    Py_DECREF(previous);
    bool on_top = before == (PyObject *)tracer;
    Py_XDECREF(before);
    if (before == NULL || !on_top) {
        return result;
    }
    if (result == NULL) {
        /* Now greenlet takes ours away: the next event places it again. */
        Py_CLEAR(tracer->previous);
        if (group->running) {
            thread_record *thread = recorder_thread(group->rec);
            if (thread != NULL) {
                thread->traced = false;
            }
            threads_invalidate(&group->rec->threads);
        }
        return NULL;
    }
    PyObject *after = current_tracer(group);
    if (after != NULL && after != (PyObject *)tracer && group->running) {
        Py_XSETREF(tracer->previous, after == Py_None ? NULL : Py_NewRef(after));
        if (set_tracer(group, (PyObject *)tracer) < 0) {
            Py_CLEAR(result);
        }
    }
    if (after == NULL) {
        Py_CLEAR(result);
    }
    Py_XDECREF(after);
    return result;
}

/* tracer(event, (origin, target)), called after the switch. */
static PyObject *
tracer_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    greenlet_tracer *tracer = (greenlet_tracer *)self;
    greenlets *group = tracer->group;
    PyObject *result = NULL;
    Py_INCREF(tracer);
    if (group->running) {
        recorder *rec = group->rec;
        uint64_t now = recorder_now(rec);
        PyObject *pair = PyTuple_GET_SIZE(args) == 2 ? PyTuple_GET_ITEM(args, 1) : NULL;
        thread_record *thread = recorder_thread(rec);
        if (thread != NULL && pair != NULL && PyTuple_Check(pair) &&
            PyTuple_GET_SIZE(pair) == 2) {
            switch_to(rec, thread, PyTuple_GET_ITEM(pair, 1), now);
        }
    }
    else if (withdraw(group) < 0) {
        goto done;
    }
    result = forward(tracer, args, kwargs);
done:
    Py_DECREF(tracer);
    return result;
}

static int
tracer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((greenlet_tracer *)self)->previous);
    return 0;
}

static int
tracer_clear(PyObject *self)
{
    Py_CLEAR(((greenlet_tracer *)self)->previous);
    return 0;
}

static void
tracer_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    greenlets *group = ((greenlet_tracer *)self)->group;
    PyObject_GC_UnTrack(self);
    (void)tracer_clear(self);
    group_release(group);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot tracer_slots[] = {
    {Py_tp_doc,      "Called by greenlet at each switch of one thread."},
    {Py_tp_dealloc,  tracer_dealloc                                    },
    {Py_tp_traverse, tracer_traverse                                   },
    {Py_tp_clear,    tracer_clear                                      },
    {Py_tp_call,     tracer_call                                       },
    {0,              NULL                                              },
};

PyType_Spec greenlet_tracer_spec = {
    .name = "lineprof._core.GreenletTracer",
    .basicsize = sizeof(greenlet_tracer),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = tracer_slots,
};

/* -- Is greenlet there? -------------------------------------------------------------
 */

/* Whether the import of a module is under way. importlib is not asked: it would wait
   for the end. */
static bool
is_initializing(PyObject *module)
{
    PyObject *spec = PyObject_GetAttrString(module, "__spec__");
    PyObject *value =
        spec == NULL ? NULL : PyObject_GetAttrString(spec, "_initializing");
    bool result = value != NULL && PyObject_IsTrue(value) == 1;
    PyErr_Clear();
    Py_XDECREF(value);
    Py_XDECREF(spec);
    return result;
}

/* A function of a module, a new reference; NULL, without an exception, if it is not
   there (yet). */
static PyObject *
find_function(PyObject *module, const char *name)
{
    PyObject *function = PyObject_GetAttrString(module, name);
    if (function == NULL) {
        PyErr_Clear();
    }
    return function;
}

typedef enum { ABSENT, COMING, PRESENT } presence;

/* Find greenlet's functions if the program has imported it. Never raises. */
static presence
find_functions(greenlets *group)
{
    if (group->settrace != NULL) {
        return PRESENT;
    }
    PyObject *module = module_arrival_find("greenlet"); /* borrowed */
    if (module == NULL) {
        return ABSENT;
    }
    Py_INCREF(module);
    PyObject *gettrace = find_function(module, "gettrace");
    PyObject *getcurrent = find_function(module, "getcurrent");
    PyObject *settrace = find_function(module, "settrace");
    presence found = PRESENT;
    if (settrace != NULL && gettrace != NULL && getcurrent != NULL) {
        group->settrace = Py_NewRef(settrace);
        group->gettrace = Py_NewRef(gettrace);
        group->getcurrent = Py_NewRef(getcurrent);
    }
    else {
        found = is_initializing(module) ? COMING : ABSENT;
    }
    Py_XDECREF(settrace);
    Py_XDECREF(getcurrent);
    Py_XDECREF(gettrace);
    Py_DECREF(module);
    return found;
}

/* The greenlet a thread began with: the parent of all, a new reference. */
static PyObject *
find_main(PyObject *greenlet)
{
    PyObject *main = Py_NewRef(greenlet);
    PyObject *parent;
    while ((parent = PyObject_GetAttrString(main, "parent")) != NULL &&
           parent != Py_None) {
        Py_SETREF(main, parent);
    }
    PyErr_Clear();
    Py_XDECREF(parent);
    return main;
}

/* See which greenlet runs, and place a tracer. */
static bool
take_thread(greenlets *group, thread_record *thread)
{
    PyObject *current = PyObject_CallNoArgs(group->getcurrent);
    if (current == NULL) {
        return false;
    }
    if (thread->greenlet == NULL && thread->top > thread->stack) {
        /* What ran before greenlet was there belongs to the first one. */
        PyObject *main = find_main(current);
        thread->greenlet = main;
        Py_DECREF(main);
    }
    if (thread->greenlet != current) {
        switch_to(group->rec, thread, current, recorder_now(group->rec));
    }
    Py_DECREF(current);
    return place_tracer(group) == 0;
}

static bool
prepare(void *context, thread_record *thread, bool lost)
{
    greenlets *group = context;
    if (thread->traced && !lost) {
        return true;
    }
    if (thread->preparing) {
        return false;
    }
    compat_error pending = compat_error_take();
    thread->preparing = true;
    presence found = find_functions(group);
    if (found == PRESENT) {
        thread->traced = take_thread(group, thread);
        PyErr_Clear(); /* without memory, switches go unnoticed */
    }
    thread->preparing = false;
    compat_error_put_back(pending);
    return found != COMING;
}

/* greenlet may be there from now on: every thread looks. */
static void
look_again(arrival_waiter *waiter)
{
    greenlets *group = (greenlets *)((char *)waiter - offsetof(greenlets, waiter));
    threads_invalidate(&group->rec->threads);
}

/* -- What the profiler asks for -------------------------------------------------------
 */

greenlets *
greenlets_open(PyTypeObject *tracer_type, recorder *rec)
{
    greenlets *group = PyMem_Calloc(1, sizeof(greenlets));
    if (group == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    group->rec = rec;
    group->type = (PyTypeObject *)Py_NewRef(tracer_type);
    group->references = 1;
    group->waiter = (arrival_waiter){.name = "greenlet", .came = look_again};
    return group;
}

void
greenlets_start(greenlets *group)
{
    compat_error pending = compat_error_take();
    group->running = true;
    group->rec->threads.prepare = prepare;
    group->rec->threads.prepare_context = group;
    if (find_functions(group) != PRESENT) {
        module_arrival_begin(&group->waiter);
    }
    threads_invalidate(&group->rec->threads);
    compat_error_put_back(pending);
}

void
greenlets_stop(greenlets *group)
{
    compat_error pending = compat_error_take();
    module_arrival_end(&group->waiter);
    group->running = false;
    group->rec->threads.prepare = NULL;
    threads_forget_greenlets(&group->rec->threads);
    if (group->settrace != NULL) {
        (void)withdraw(group);
        PyErr_Clear();
    }
    compat_error_put_back(pending);
}

void
greenlets_close(greenlets *group)
{
    group->rec = NULL;
    group_release(group);
}
