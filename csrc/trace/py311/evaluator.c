#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* pthread_getattr_np */
#endif

#include "trace/py311/evaluator.h"

#if HAVE_EVALGATE

#ifndef _WIN32
#include <pthread.h>
#endif
#include <stddef.h>

/* With an evaluator in place every call of a Python function takes C stack, as it did
   before 3.11: this part of it at most. Then the evaluator goes until the call returns:
   calls need no C stack, and all code is traced. */
#define OWN_PART 4
#define OWN_PART_UNKNOWN ((size_t)256 * 1024)

/* One per interpreter, for its life: a call that runs may still look at it. */
typedef struct {
    eval_gate gate;
    PyObject *watcher; /* owned; told of modules that begin, or NULL */
} evaluator;

/* What the thread has looked up. */
static THREAD_LOCAL struct {
    int64_t interp;   /* id of the interpreter the evaluator belongs to, -1: none */
    evaluator *found; /* borrowed */
    uintptr_t stack_reserve; /* address below which the C stack is scarce */
} cache = {.interp = -1};

#define EVALUATOR_KEY "lineprof.evaluator"

/* -- In and out of the interpreter ------------------------------------------------ */

static PyObject *evaluate(PyThreadState *state, struct _PyInterpreterFrame *frame,
                          int throwflag);

/* Whether the evaluator has anything to do. */
static bool
is_used(const evaluator *own)
{
    return own->gate.clients != NULL || own->watcher != NULL;
}

/* Whether there is no evaluator of somebody else. */
static bool
is_ours_to_set(PyInterpreterState *interp)
{
    _PyFrameEvalFunction current = _PyInterpreterState_GetEvalFrameFunc(interp);
    return current == evaluate || current == _PyEval_EvalFrameDefault;
}

/* Have the evaluator in place if and only if it is needed, unless somebody else has the
   place. */
static void
settle_place(const evaluator *own, PyInterpreterState *interp)
{
    bool needed = is_used(own) && own->gate.bypassing == 0;
    if (is_ours_to_set(interp)) {
        _PyInterpreterState_SetEvalFrameFunc(interp, needed ? evaluate
                                                            : _PyEval_EvalFrameDefault);
    }
}

/* The interpreter goes. Finalizers may still run code, and close profilers. */
static void
evaluator_destroy(PyObject *capsule)
{
    evaluator *own = PyCapsule_GetPointer(capsule, EVALUATOR_KEY);
    PyInterpreterState *interp = PyInterpreterState_Get();
    gate_forsake(&own->gate);
    Py_CLEAR(own->watcher);
    settle_place(own, interp);
    cache.interp = -1;
    PyMem_Free(own);
}

/* The interpreter's evaluator, made at need; NULL with an exception set. */
static evaluator *
find_evaluator(PyInterpreterState *interp)
{
    evaluator *own = NULL;
    PyObject *capsule = NULL;
    PyObject *key = PyUnicode_InternFromString(EVALUATOR_KEY);
    PyObject *dict = PyInterpreterState_GetDict(interp); /* borrowed; NULL: no memory */
    if (key == NULL || dict == NULL) {
        if (!PyErr_Occurred()) {
            PyErr_NoMemory();
        }
        goto done;
    }
    capsule = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    if (capsule != NULL) {
        own = PyCapsule_GetPointer(capsule, EVALUATOR_KEY);
        goto done;
    }
    if (PyErr_Occurred()) {
        goto done;
    }
    own = PyMem_Calloc(1, sizeof(evaluator));
    if (own == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    capsule = PyCapsule_New(own, EVALUATOR_KEY, evaluator_destroy);
    if (capsule == NULL) {
        PyMem_Free(own);
        own = NULL;
    }
    else if (PyDict_SetItem(dict, key, capsule) < 0) {
        own = NULL; /* freed with the capsule */
    }
done:
    Py_XDECREF(capsule);
    Py_XDECREF(key);
    return own;
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

/* The interpreter's evaluator; NULL, without an exception, if it cannot be had. */
static NOINLINE evaluator *
fill_cache(PyInterpreterState *interp)
{
    compat_error pending = compat_error_take();
    evaluator *own = find_evaluator(interp);
    PyErr_Clear();
    compat_error_put_back(pending);
    if (own != NULL) {
        cache.interp = PyInterpreterState_GetID(interp);
        cache.found = own;
        if (cache.stack_reserve == 0) {
            cache.stack_reserve = find_stack_reserve();
        }
    }
    return own;
}

/* -- The watcher of modules ------------------------------------------------------- */

static bool
is_module_of_file(PyCodeObject *code)
{
    PyObject *file = code->co_filename;
    return PyUnicode_GET_LENGTH(file) > 0 && PyUnicode_READ_CHAR(file, 0) != '<' &&
           PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
}

/* Call the watcher with the code of a frame with a namespace, if that is of a module or
   script from a file. Nobody traces the watcher. What it raises is not the program's.
 */
static void
tell_watcher(PyObject *watcher, PyThreadState *state, PyCodeObject *code)
{
    if (!is_module_of_file(code)) {
        return;
    }
    compat_error pending = compat_error_take();
    uint8_t before = state->cframe->use_tracing;
    Py_INCREF(watcher); /* it may have itself taken away */
    PyThreadState_EnterTracing(state);
    PyObject *answer = PyObject_CallOneArg(watcher, (PyObject *)code);
    PyThreadState_LeaveTracing(state);
    state->cframe->use_tracing = before;
    if (answer == NULL && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
        PyErr_SetInterrupt(); /* once more, for the program */
        PyErr_Clear();
    }
    else if (answer == NULL) {
        PyErr_WriteUnraisable(watcher);
    }
    Py_XDECREF(answer);
    Py_DECREF(watcher);
    compat_error_put_back(pending);
}

/* -- Evaluating a frame ----------------------------------------------------------- */

/* Have the evaluator out of its place for the rest of this frame. */
static NOINLINE PyObject *
run_without(evaluator *own, PyThreadState *state, struct _PyInterpreterFrame *frame,
            int throwflag)
{
    PyInterpreterState *interp = state->interp;
    _PyInterpreterState_SetEvalFrameFunc(interp, _PyEval_EvalFrameDefault);
    gate_begin_bypass(&own->gate, interp);
    PyObject *result = _PyEval_EvalFrameDefault(state, frame, throwflag);
    gate_end_bypass(&own->gate);
    settle_place(own, interp);
    return result;
}

static inline PyObject *
run(evaluator *own, PyThreadState *state, struct _PyInterpreterFrame *frame,
    int throwflag)
{
    char here;
    if (UNLIKELY((uintptr_t)&here < cache.stack_reserve) && is_used(own)) {
        return run_without(own, state, frame, throwflag);
    }
    return _PyEval_EvalFrameDefault(state, frame, throwflag);
}

static PyObject *
evaluate(PyThreadState *state, struct _PyInterpreterFrame *frame, int throwflag)
{
    const frame_head *head = (const frame_head *)frame;
    evaluator *own = cache.found;
    if (UNLIKELY(cache.interp != PyInterpreterState_GetID(state->interp))) {
        own = fill_cache(state->interp);
    }
    if (UNLIKELY(own == NULL || state->tracing)) {
        return _PyEval_EvalFrameDefault(state, frame, throwflag);
    }
    if (UNLIKELY(own->watcher != NULL) && head->locals != NULL) {
        tell_watcher(own->watcher, state, head->code);
    }
    if (UNLIKELY(own->gate.clients == NULL)) {
        return run(own, state, frame, throwflag);
    }
    gate_frame gated;
    gate_enter(&own->gate, state, &gated, head);
    PyObject *result = run(own, state, frame, throwflag);
    gate_leave(&own->gate, state, &gated);
    return result;
}

/* -- Who needs it ----------------------------------------------------------------- */

int
evaluator_open(gate_client *client)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    evaluator *own = find_evaluator(interp);
    if (own == NULL) {
        return -1;
    }
    if (is_ours_to_set(interp)) {
        gate_add(&own->gate, client);
        settle_place(own, interp);
    }
    return 0;
}

void
evaluator_close(gate_client *client)
{
    if (client->gate != NULL) {
        const evaluator *own =
            (evaluator *)((char *)client->gate - offsetof(evaluator, gate));
        gate_remove(client);
        settle_place(own, PyInterpreterState_Get());
    }
}

/* 1: done; 0: somebody else has the place; -1 with an exception set. */
static int
set_watcher(PyObject *watcher)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    evaluator *own = find_evaluator(interp);
    if (own == NULL) {
        return -1;
    }
    if (watcher == Py_None) {
        Py_CLEAR(own->watcher);
    }
    else if (own->watcher != NULL || !is_ours_to_set(interp)) {
        return 0;
    }
    else {
        own->watcher = Py_NewRef(watcher);
    }
    settle_place(own, interp);
    return 1;
}

static PyObject *
watch_modules(PyObject *Py_UNUSED(module), PyObject *watcher)
{
    int done = set_watcher(watcher);
    return done < 0 ? NULL : PyBool_FromLong(done);
}

PyDoc_STRVAR(
    watch_modules_doc,
    "watch_modules($module, watcher, /)\n--\n\n"
    "Have watcher called with the code of modules that begin; whether it will.");

static PyMethodDef functions[] = {
    {"watch_modules", watch_modules, METH_O, watch_modules_doc},
    {NULL,            NULL,          0,      NULL             },
};

int
evaluator_add_functions(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}

#endif
