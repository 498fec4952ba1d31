/* Runs the top level of a program, with no frame below it.

   Python runs a script from C. Whoever runs it from Python has frames of its own
   below: sys._getframe(1), warnings with a stacklevel, a debugger's `where` find them,
   and there is less room to recurse. So the thread looks as if it ran nothing while
   the program does. */

#include "top_level.h"

/* Borrowed arguments; a new reference, or NULL with an exception set. */
static PyObject *
run_without_callers(PyObject *code, PyObject *names)
{
    PyThreadState *state = PyThreadState_Get();
    void *callers = compat_exchange_current_frame(state, NULL);
    int depth = compat_leave_recursion(state);
    PyObject *result = PyEval_EvalCode(code, names, names);
    compat_enter_recursion(state, depth);
    (void)compat_exchange_current_frame(state, callers);
    return result;
}

static PyObject *
run_top_level(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2 || !PyCode_Check(args[0]) || !PyDict_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError,
                        "run_top_level() takes a code object and a dict");
        return NULL;
    }
    /* As for a script, and for exec(). */
    if (PySys_Audit("exec", "O", args[0]) < 0) {
        return NULL;
    }
    return run_without_callers(args[0], args[1]);
}

static PyMethodDef functions[] = {
    {"run_top_level", (PyCFunction)(void (*)(void))run_top_level, METH_FASTCALL,
     "run_top_level($module, code, names, /)\n--\n\n"
     "Execute code in a namespace, with no frame below it, as Python does a script." },
    {NULL,            NULL,                                       0,             NULL},
};

int
top_level_add_functions(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
