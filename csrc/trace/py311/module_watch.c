#include "trace/py311/module_watch.h"

#if HAVE_EVALGATE

static bool
is_module_of_file(PyCodeObject *code)
{
    PyObject *file = code->co_filename;
    return PyUnicode_GET_LENGTH(file) > 0 && PyUnicode_READ_CHAR(file, 0) != '<' &&
           PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
}

void
module_watch_tell(PyObject *watcher, PyThreadState *state, PyCodeObject *code)
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

#endif
