#include "base/timer.h"

static int
release_now(void *owner)
{
    Py_DECREF((PyObject *)owner);
    return 0;
}

PyObject *
timer_keep_owner(timer_state *timer)
{
    return Py_XNewRef(timer->owner);
}

/* The interpreter makes pending calls between instructions. */
void
timer_release_owner(PyObject *owner)
{
    if (owner == NULL || Py_REFCNT(owner) > 1) {
        Py_XDECREF(owner);
    }
    else if (PyInterpreterState_Get() == PyInterpreterState_Main()) {
        (void)Py_AddPendingCall(release_now, owner); /* if not: better kept for ever */
    }
}

uint64_t
timer_ask(timer_state *timer)
{
    compat_error pending = compat_error_take();
    PyObject *owner = timer_keep_owner(timer);
    uint64_t now = 0;
    PyObject *result = PyObject_CallNoArgs(timer->function);
    if (result != NULL) {
        now = PyLong_AsUnsignedLongLong(result);
        Py_DECREF(result);
    }
    if (PyErr_Occurred()) {
        now = 0;
        if (timer->error == NULL) {
            timer->error = compat_error_value();
        }
        PyErr_Clear();
    }
    timer_release_owner(owner);
    compat_error_put_back(pending);
    return now;
}

int
timer_report(timer_state *timer)
{
    PyObject *error = timer->error;
    if (error == NULL) {
        return 0;
    }
    timer->error = NULL;
    PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_DECREF(error);
    return -1;
}

int
timer_traverse(timer_state *timer, visitproc visit, void *arg)
{
    Py_VISIT(timer->function);
    Py_VISIT(timer->error);
    return 0;
}

void
timer_clear(timer_state *timer)
{
    Py_CLEAR(timer->function);
    Py_CLEAR(timer->error);
}
