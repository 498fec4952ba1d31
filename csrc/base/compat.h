/* Every difference between Python versions, and between compilers.

   Other files read as if there were one Python: they ask for a capability
   (HAVE_MONITORING, HAVE_EVALGATE), never for a version. */

#ifndef LINEPROF_BASE_COMPAT_H
#define LINEPROF_BASE_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <frameobject.h>
#include <opcode.h>

#include <stdbool.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
#define MAYBE_UNUSED __attribute__((unused))
#if defined(__GLIBC__)
/* Access without a call into the loader. It takes a few words of static TLS, for which
   only glibc keeps room in modules that are loaded later; musl refuses to load them. */
#define THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define THREAD_LOCAL _Thread_local
#endif
#else
#define LIKELY(x) (x)
#define UNLIKELY(x) (x)
#define NOINLINE
#define MAYBE_UNUSED
#define THREAD_LOCAL __declspec(thread)
#endif

/* sys.monitoring (PEP 669). */
#define HAVE_MONITORING (PY_VERSION_HEX >= 0x030C0000)

/* PY_UNWIND and PY_THROW may be set on one code object. */
#define HAVE_LOCAL_UNWIND (PY_VERSION_HEX >= 0x030F0000)

/* What depends on the minor version is decided here, by the compiler. The micro version
   may be another one when we run: what depends on that is asked of `Py_Version`. */

/* A C function can be told of changes to a dict. */
#define HAVE_DICT_WATCHERS (PY_VERSION_HEX >= 0x030C0000)

/* After a call of a Python function its caller stands at an inline cache of the
   call, which has no line: the next instruction may begin the line again. */
#define CALL_LEAVES_LINE (PY_VERSION_HEX < 0x030D0000)

/* A LINE event whose line would have to be looked up is sent without a look if the line
   differs from that of the instruction above, and nothing jumps there. */
#define TRUSTS_LINE_CHANGES (PY_VERSION_HEX >= 0x030D0000)

/* frame.f_trace_opcodes asks for INSTRUCTION events of the frame's code. */
#define TRACES_OPCODES_BY_CODE (PY_VERSION_HEX >= 0x030D0000)

/* The evaluator can switch tracing per C frame: `cframe->use_tracing`. See
   trace/py311. */
#define HAVE_EVALGATE (PY_VERSION_HEX < 0x030C0000)

/* A frame object is made, and the collector may run, between the moment when the
   thread's trace function is read and its call. */
#define TRACE_CALL_COLLECTS (PY_VERSION_HEX < 0x030C0000)

/* The trace function of another thread can be set: _PyEval_SetTrace() is in the
   headers. */
#define HAVE_SET_TRACE_OF_THREAD (PY_VERSION_HEX < 0x030D0000)

/* A LINE event looks its line up in O(1), however long the function (cpython#127953;
   never mended in 3.12). */
static inline bool
compat_has_fast_lines(void)
{
    return Py_Version >= 0x030D0300;
}

/* State of the calling thread. */
static inline const PyThreadState *
compat_thread_state(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

/* The interpreter frame that a thread runs: an identity, never dereferenced. */
static inline const void *
compat_frame_of(const PyThreadState *state)
{
#if PY_VERSION_HEX >= 0x030D0000
    return state->current_frame;
#else
    return state->cframe->current_frame;
#endif
}

static inline const void *
compat_current_frame(void)
{
    return compat_frame_of(compat_thread_state());
}

/* Makes this the frame that runs now, NULL for none, and returns the one before. From
   3.15 on a thread has a frame of its own below all others: that is none, then. */
static inline void *
compat_exchange_current_frame(PyThreadState *state, void *frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    void *before = state->current_frame;
    state->current_frame = frame;
#if PY_VERSION_HEX >= 0x030F0000
    if (frame == NULL) {
        state->current_frame = state->base_frame;
    }
#endif
#else
    void *before = state->cframe->current_frame;
    state->cframe->current_frame = frame;
#endif
    return before;
}

/* Takes the calls under way out of what counts towards RecursionError; how many there
   are, for compat_enter_recursion(). */
static inline int
compat_leave_recursion(PyThreadState *state)
{
#if PY_VERSION_HEX >= 0x030C0000
    int depth = state->py_recursion_limit - state->py_recursion_remaining;
    state->py_recursion_remaining += depth;
#else
    int depth = state->recursion_limit - state->recursion_remaining;
    state->recursion_remaining += depth;
#endif
    return depth;
}

static inline void
compat_enter_recursion(PyThreadState *state, int depth)
{
#if PY_VERSION_HEX >= 0x030C0000
    state->py_recursion_remaining -= depth;
#else
    state->recursion_remaining -= depth;
#endif
}

#if HAVE_MONITORING
/* The value of a line number or an offset. What else a callback may be called with
   gives some number, 0 mostly. */
static inline int
compat_small_int(PyObject *value)
{
    const PyLongObject *number = (const PyLongObject *)value;
    if (UNLIKELY(!PyLong_CheckExact(value) || !PyUnstable_Long_IsCompact(number))) {
        return 0;
    }
    return (int)number->long_value.ob_digit[0];
}

/* Byte offset of the instruction that a frame stands at. */
static inline int
compat_frame_offset(const void *frame)
{
    return PyUnstable_InterpreterFrame_GetLasti((struct _PyInterpreterFrame *)frame);
}
#endif

/* The line of a frame in a LINE event. 3.11 has stored it in the frame object, whose
   head is the same in all of 3.11.x; later versions look it up. */
static inline int
compat_line(PyFrameObject *frame)
{
#if PY_VERSION_HEX < 0x030C0000
    const struct {
        PyObject_HEAD
        void *back, *data, *trace;
        int line; /* 0: not set */
    } *head = (const void *)frame;
    if (LIKELY(head->line > 0)) {
        return head->line;
    }
#endif
    return PyFrame_GetLineNumber(frame);
}

static inline bool
compat_is_resume(int opcode)
{
    return opcode == RESUME
#ifdef INSTRUMENTED_RESUME
           || opcode == INSTRUMENTED_RESUME
#endif
#ifdef RESUME_CHECK
           || opcode == RESUME_CHECK
#endif
        ;
}

/* Whether a frame that stands at this byte offset has not run an instruction yet. */
static inline bool
compat_never_ran(const PyCodeObject *code, int offset)
{
    return offset < 2 * code->_co_firsttraceable;
}

/* A pending exception, put aside while calls are made that may raise. */
typedef struct {
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *value; /* owned */
#else
    PyObject *type, *value, *traceback; /* owned */
#endif
} compat_error;

static inline compat_error
compat_error_take(void)
{
    compat_error error;
#if PY_VERSION_HEX >= 0x030C0000
    error.value = PyErr_GetRaisedException();
#else
    PyErr_Fetch(&error.type, &error.value, &error.traceback);
#endif
    return error;
}

static inline void
compat_error_put_back(compat_error error)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(error.value);
#else
    PyErr_Restore(error.type, error.value, error.traceback);
#endif
}

/* The exception that is set, taken as its value: a new reference. */
static inline PyObject *
compat_error_value(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

#if PY_VERSION_HEX < 0x030C0000
/* When 3.11 refuses to set the trace function of another thread, it leaves an exception
   in that thread. */
static inline void
compat_clear_error_of(PyThreadState *state)
{
    PyObject *type = state->curexc_type, *value = state->curexc_value;
    PyObject *traceback = state->curexc_traceback;
    state->curexc_type = state->curexc_value = state->curexc_traceback = NULL;
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}
#else
static inline void
compat_clear_error_of(PyThreadState *Py_UNUSED(state))
{
}
#endif

/* Set the trace function of a thread: the current one, unless HAVE_SET_TRACE_OF_THREAD.
   An audit hook may forbid it, and run any code before. Does not change the exception.
 */
static inline void
compat_set_trace(PyThreadState *state, Py_tracefunc function, PyObject *arg)
{
    compat_error pending = compat_error_take();
#if HAVE_SET_TRACE_OF_THREAD
    if (_PyEval_SetTrace(state, function, arg) < 0) {
        if (PyErr_Occurred()) {
            PyErr_WriteUnraisable(NULL);
        }
        else {
            compat_clear_error_of(state);
        }
    }
#else
    (void)state;
    PyEval_SetTrace(function, arg);
#endif
    compat_error_put_back(pending);
}

#endif
