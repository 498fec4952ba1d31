#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* pthread_getattr_np */
#endif

#include "trace/py311/gate.h"

#if HAVE_EVALGATE

#include "base/module_arrival.h"
#include "trace/py311/module_watch.h"

#ifndef _WIN32
#include <pthread.h>
#endif

/* With an evaluator in place every call of a Python function takes C stack, as it
   did before 3.11: this part of it at most. Then the gate steps aside, calls need no
   C stack, and all code is traced. */
#define OWN_PART 4
#define OWN_PART_UNKNOWN ((size_t)256 * 1024)

#define TRACING_ON 255 /* what 3.11 stores: or'ed into the opcode */
#define TRACING_OFF 0

/* The head of 3.11's struct _PyInterpreterFrame, the same in all of 3.11.x. */
typedef struct {
    PyObject *function, *globals, *builtins, *locals;
    PyCodeObject *code;
    PyFrameObject *object; /* NULL if nobody has asked for it */
} frame_head;

/* A frame that gate_eval() runs. */
typedef struct gate_frame {
    struct gate_frame *back; /* borrowed */
    const frame_head *head;  /* borrowed */
    bool ends;               /* in its last line: without a trace function */
} gate_frame;

/* One per interpreter, for its life: a running evaluator may still look at it. */
typedef struct evalgate {
    gate_client *clients; /* borrowed */
    int aside;            /* frames for whose C stack the evaluator is out */
    unsigned int flood;   /* counts gate_flood() */
    unsigned int passed;  /* counts frames let through */
    bool greenlets;       /* the program has greenlets: everything is let through */
    PyObject *watcher;    /* owned; told of modules that begin, or NULL */
} evalgate;

typedef struct {
    int64_t interp;          /* id of the interpreter the gate belongs to, -1: none */
    evalgate *gate;          /* borrowed */
    uintptr_t stack_reserve; /* address below which the C stack is scarce */
    gate_frame *top;         /* borrowed; innermost one of the thread, or NULL; NULL
                                with greenlets, which replace the C stack it is on */
} gate_cache;

static THREAD_LOCAL gate_cache cache = {.interp = -1};

#define GATE_KEY "lineprof.evalgate"

static PyObject *
gate_eval(PyThreadState *state, struct _PyInterpreterFrame *frame, int);

/* The interpreter goes. Finalizers may still run code, and close profilers. */
static void
gate_destroy(PyObject *capsule)
{
    evalgate *gate = PyCapsule_GetPointer(capsule, GATE_KEY);
    PyInterpreterState *interp = PyInterpreterState_Get();
    if (_PyInterpreterState_GetEvalFrameFunc(interp) == gate_eval) {
        _PyInterpreterState_SetEvalFrameFunc(interp, _PyEval_EvalFrameDefault);
    }
    for (gate_client *client = gate->clients; client; client = client->next) {
        client->gate = NULL;
    }
    cache.interp = -1;
    Py_CLEAR(gate->watcher);
    PyMem_Free(gate);
}

/* Whether the evaluator has anything to do. */
static bool
is_used(const evalgate *gate)
{
    return gate->clients != NULL || gate->watcher != NULL;
}

/* The interpreter's gate, made at need; NULL with an exception set. */
static evalgate *
find_gate(PyInterpreterState *interp)
{
    evalgate *gate = NULL;
    PyObject *capsule = NULL;
    PyObject *key = PyUnicode_InternFromString(GATE_KEY);
    PyObject *dict = PyInterpreterState_GetDict(interp); /* borrowed; NULL: no memory */
    if (key == NULL || dict == NULL) {
        if (!PyErr_Occurred()) {
            PyErr_NoMemory();
        }
        goto done;
    }
    capsule = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    if (capsule != NULL) {
        gate = PyCapsule_GetPointer(capsule, GATE_KEY);
        goto done;
    }
    if (PyErr_Occurred()) {
        goto done;
    }
    gate = PyMem_Calloc(1, sizeof(evalgate));
    if (gate == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    capsule = PyCapsule_New(gate, GATE_KEY, gate_destroy);
    if (capsule == NULL) {
        PyMem_Free(gate);
        gate = NULL;
    }
    else if (PyDict_SetItem(dict, key, capsule) < 0) {
        gate = NULL; /* freed with the capsule */
    }
done:
    Py_XDECREF(capsule);
    Py_XDECREF(key);
    return gate;
}

/* The interpreter's gate; NULL, without an exception, if it cannot be had. */
static evalgate *
find_gate_quietly(PyInterpreterState *interp)
{
    compat_error pending = compat_error_take();
    evalgate *gate = find_gate(interp);
    PyErr_Clear();
    compat_error_put_back(pending);
    return gate;
}

static uintptr_t
find_stack_reserve(void)
{
#ifdef __linux__
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        void *low = NULL;
        size_t size = 0;
        int failed = pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_destroy(&attributes);
        if (!failed) {
            return (uintptr_t)low + (size - size / OWN_PART);
        }
    }
#endif
    char here;
    return (uintptr_t)&here - OWN_PART_UNKNOWN;
}

static NOINLINE evalgate *
fill_cache(PyInterpreterState *interp)
{
    evalgate *gate = find_gate_quietly(interp);
    if (gate != NULL) {
        cache.interp = PyInterpreterState_GetID(interp);
        cache.gate = gate;
        if (cache.stack_reserve == 0) {
            cache.stack_reserve = find_stack_reserve();
        }
    }
    return gate;
}

/* Let frames that run now through, whether in this C frame or in others. Those of a
   trace function or an audit hook are not to be traced: while one runs, frames below it
   are let through as it ends and as calls return. */
static void
flood_frames(evalgate *gate, PyThreadState *state)
{
    gate->flood++;
    if (state->tracing) {
        return;
    }
    for (_PyCFrame *cframe = state->cframe; cframe != NULL; cframe = cframe->previous) {
        cframe->use_tracing = TRACING_ON;
    }
}

/* A switch of greenlets carries the switch of the frame it leaves over to the frame
   it goes to: off, if that of another tool's hub was off. So with greenlets in the
   program all its code has to be traced. */
static NOINLINE void
look_for_greenlets(evalgate *gate, PyThreadState *state)
{
    compat_error pending = compat_error_take();
    PyObject *name = PyUnicode_InternFromString("greenlet");
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    if (name != NULL && PyDict_Contains(modules, name) > 0) {
        gate->greenlets = true;
        flood_frames(gate, state);
    }
    PyErr_Clear();
    Py_XDECREF(name);
    compat_error_put_back(pending);
}

#define FRAMES_BETWEEN_LOOKS 256

/* The body of a module or class has run: modules may have come. */
static NOINLINE void
look_for_imports(evalgate *gate, PyThreadState *state)
{
    compat_error pending = compat_error_take();
    module_arrival_look();
    PyErr_Clear();
    compat_error_put_back(pending);
    if (!gate->greenlets) {
        look_for_greenlets(gate, state);
    }
}

/* A call has changed the trace function of the thread, as breakpoint() does: clients
   get on top of it, or the rest of the frames that run were lost. */
static NOINLINE void
retake(evalgate *gate, PyThreadState *state)
{
    for (gate_client *client = gate->clients; client; client = client->next) {
        if (!client->attached(client, state)) {
            client->attach(client, state);
            flood_frames(gate, state);
        }
    }
}

/* Clients that measure this code are attached to the thread: true if any. */
static inline bool
let_through(evalgate *gate, PyThreadState *state, const PyCodeObject *code)
{
    bool wanted = false;
    for (gate_client *client = gate->clients; client; client = client->next) {
        registry_entry *entry = registry_find(client->codes, code);
        if (entry != NULL && entry->active) {
            wanted = true;
            if (UNLIKELY(!client->attached(client, state))) {
                client->attach(client, state);
            }
        }
    }
    if (wanted && state->c_tracefunc != NULL &&
        UNLIKELY(gate->passed++ % FRAMES_BETWEEN_LOOKS == 0) && !gate->greenlets) {
        look_for_greenlets(gate, state);
    }
    return wanted;
}

bool
gate_takes_end(PyThreadState *state, PyFrameObject *frame)
{
    const evalgate *gate = cache.gate;
    if (cache.interp != PyInterpreterState_GetID(state->interp) ||
        gate->clients == NULL || gate->clients->next != NULL || gate->greenlets ||
        gate->aside != 0) {
        return false;
    }
    gate_frame *top = cache.top;
    if (top == NULL || top->head->object != frame) {
        return false;
    }
    top->ends = true;
    return true;
}

/* Have the clients that are left told of a frame's end. */
static NOINLINE void
tell_end(evalgate *gate, PyThreadState *state, const frame_head *head)
{
    for (gate_client *client = gate->clients; client; client = client->next) {
        (void)client->step_back(state);
        client->end(client, head->object, head->code);
    }
}

static PyObject *
gate_eval(PyThreadState *state, struct _PyInterpreterFrame *frame, int);

/* Take the evaluator out for the rest of this frame: see OWN_PART. Every thread
   has to be traced plainly, for its calls do not come by here any more. */
static NOINLINE PyObject *
eval_aside(evalgate *gate, PyThreadState *state, struct _PyInterpreterFrame *frame,
           int throwflag)
{
    PyInterpreterState *interp = state->interp;
    gate->aside++;
    _PyInterpreterState_SetEvalFrameFunc(interp, _PyEval_EvalFrameDefault);
    int collects = PyGC_Disable(); /* as hooks are made: threads could end meanwhile */
    for (PyThreadState *other = PyInterpreterState_ThreadHead(interp); other != NULL;
         other = PyThreadState_Next(other)) {
        for (gate_client *client = gate->clients; client; client = client->next) {
            if (!client->attached(client, other)) {
                client->attach(client, other);
            }
        }
        if (other->c_tracefunc != NULL && other->tracing == 0) {
            other->cframe->use_tracing = TRACING_ON;
        }
    }
    if (collects) {
        PyGC_Enable();
    }
    PyObject *result = _PyEval_EvalFrameDefault(state, frame, throwflag);
    gate->aside--;
    if (gate->aside == 0 && is_used(gate) &&
        _PyInterpreterState_GetEvalFrameFunc(interp) == _PyEval_EvalFrameDefault) {
        _PyInterpreterState_SetEvalFrameFunc(interp, gate_eval);
    }
    return result;
}

/* A frame that is evaluated for the sake of the watcher alone. */
static NOINLINE PyObject *
eval_unmeasured(evalgate *gate, PyThreadState *state, struct _PyInterpreterFrame *frame,
                int throwflag)
{
    char here;
    if (UNLIKELY((uintptr_t)&here < cache.stack_reserve) && gate->watcher != NULL) {
        return eval_aside(gate, state, frame, throwflag);
    }
    return _PyEval_EvalFrameDefault(state, frame, throwflag);
}

/* The frame evaluator. Not in a trace function's own code (state->tracing). */
static PyObject *
gate_eval(PyThreadState *state, struct _PyInterpreterFrame *frame, int throwflag)
{
    PyInterpreterState *interp = state->interp;
    evalgate *gate = cache.gate;
    if (UNLIKELY(cache.interp != PyInterpreterState_GetID(interp))) {
        gate = fill_cache(interp);
    }
    if (UNLIKELY(gate == NULL || state->tracing)) {
        return _PyEval_EvalFrameDefault(state, frame, throwflag);
    }
    bool has_namespace = ((frame_head *)frame)->locals != NULL;
    if (UNLIKELY(has_namespace && gate->watcher != NULL)) {
        module_watch_tell(gate->watcher, state, ((frame_head *)frame)->code);
    }
    if (UNLIKELY(gate->clients == NULL)) {
        return eval_unmeasured(gate, state, frame, throwflag);
    }
    bool aside = UNLIKELY(state->c_tracefunc == NULL && state->c_traceobj != NULL) &&
                 gate->clients->step_back(state);
    uint8_t before = state->cframe->use_tracing;
    Py_tracefunc function = state->c_tracefunc;
    unsigned int flood = gate->flood;
    bool wanted = let_through(gate, state, ((frame_head *)frame)->code);
    gate_frame own = {.back = cache.top, .head = (frame_head *)frame};
    cache.top = gate->greenlets ? NULL : &own;
    PyObject *result;
    if (UNLIKELY((uintptr_t)&result < cache.stack_reserve)) {
        result = eval_aside(gate, state, frame, throwflag);
    }
    else {
        if (wanted || gate->greenlets) {
            state->cframe->use_tracing = state->c_tracefunc ? TRACING_ON : before;
        }
        else if (before != TRACING_OFF && gate->clients->quiet(state)) {
            state->cframe->use_tracing = TRACING_OFF;
        }
        result = _PyEval_EvalFrameDefault(state, frame, throwflag);
    }
    cache.top = gate->greenlets ? NULL : own.back;
    if (UNLIKELY(own.ends)) {
        tell_end(gate, state, own.head);
    }
    if (UNLIKELY(state->c_tracefunc != function) && function != NULL) {
        retake(gate, state);
    }
    if (UNLIKELY(has_namespace)) {
        look_for_imports(gate, state);
    }
    /* The frame has left its own value there. Somebody may have set or removed a
       trace or profile function in between: without one the interpreter must never
       see the switch on, with a foreign one never off. */
    if (state->c_tracefunc == NULL && state->c_profilefunc == NULL) {
        before = TRACING_OFF;
    }
    else if (gate->flood != flood || gate->aside || gate->greenlets ||
             gate->clients == NULL || !gate->clients->quiet(state)) {
        before = TRACING_ON;
    }
    else if (UNLIKELY(aside)) {
        gate->clients->step_aside_again(state);
    }
    state->cframe->use_tracing = before;
    return result;
}

/* Whether there is no evaluator of others. */
static bool
is_ours_to_set(PyInterpreterState *interp)
{
    _PyFrameEvalFunction evaluator = _PyInterpreterState_GetEvalFrameFunc(interp);
    return evaluator == gate_eval || evaluator == _PyEval_EvalFrameDefault;
}

static void
leave_if_unused(evalgate *gate, PyInterpreterState *interp)
{
    if (!is_used(gate) && _PyInterpreterState_GetEvalFrameFunc(interp) == gate_eval) {
        _PyInterpreterState_SetEvalFrameFunc(interp, _PyEval_EvalFrameDefault);
    }
}

int
gate_open(gate_client *client)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    evalgate *gate = find_gate(interp);
    if (gate == NULL) {
        return -1;
    }
    if (!is_ours_to_set(interp)) {
        return 0;
    }
    client->gate = gate;
    client->next = gate->clients;
    gate->clients = client;
    if (client->next == NULL) {
        gate->greenlets = false; /* to be looked for again */
        gate->passed = 0;
    }
    if (gate->aside == 0) {
        _PyInterpreterState_SetEvalFrameFunc(interp, gate_eval);
    }
    return 1;
}

void
gate_flood(gate_client *client, PyThreadState *state)
{
    if (client->gate != NULL) {
        flood_frames(client->gate, state);
    }
}

void
gate_close(gate_client *client)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    evalgate *gate = client->gate;
    if (gate == NULL) {
        return;
    }
    client->gate = NULL;
    gate_client **link = &gate->clients;
    while (*link != NULL && *link != client) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = client->next;
    }
    leave_if_unused(gate, interp);
}

/* 1: done; 0: somebody else has the place; -1 with an exception set. */
static int
set_watcher(PyObject *watcher)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    evalgate *gate = find_gate(interp);
    if (gate == NULL) {
        return -1;
    }
    if (watcher == Py_None) {
        Py_CLEAR(gate->watcher);
        leave_if_unused(gate, interp);
        return 1;
    }
    if (gate->watcher != NULL || !is_ours_to_set(interp)) {
        return 0;
    }
    gate->watcher = Py_NewRef(watcher);
    if (gate->aside == 0) {
        _PyInterpreterState_SetEvalFrameFunc(interp, gate_eval);
    }
    return 1;
}

PyObject *
gate_watch_modules(PyObject *Py_UNUSED(module), PyObject *watcher)
{
    int ret = set_watcher(watcher);
    return ret < 0 ? NULL : PyBool_FromLong(ret);
}

#endif
