/* The least that observing a line can cost: a callback that does nothing.
 *
 * Callback() is an object for sys.monitoring.register_callback(), called through a
 * vectorcall slot of its own type, the shortest way CPython has. trace_on() installs a
 * trace function that does nothing, for interpreters without sys.monitoring.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
} Callback;

static PyObject *
callback_call(PyObject *Py_UNUSED(self), PyObject *const *Py_UNUSED(args),
              size_t Py_UNUSED(nargsf), PyObject *Py_UNUSED(kwnames))
{
    Py_RETURN_NONE;
}

static PyObject *
callback_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    Callback *self = (Callback *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->vectorcall = callback_call;
    }
    return (PyObject *)self;
}

static void
callback_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

#define CALL_OFFSET offsetof(Callback, vectorcall)

static PyMemberDef callback_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, CALL_OFFSET, READONLY, NULL},
    {NULL,                   0,          0,           0,        NULL},
};

static PyType_Slot callback_slots[] = {
    {Py_tp_new,     callback_new     },
    {Py_tp_dealloc, callback_dealloc },
    {Py_tp_call,    PyVectorcall_Call},
    {Py_tp_members, callback_members },
    {0,             NULL             },
};

static PyType_Spec callback_spec = {
    .name = "lineprof_benchmark_floor.Callback",
    .basicsize = sizeof(Callback),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = callback_slots,
};

static int
trace_nothing(PyObject *Py_UNUSED(self), PyFrameObject *Py_UNUSED(frame),
              int Py_UNUSED(what), PyObject *Py_UNUSED(arg))
{
    return 0;
}

static PyObject *
trace_on(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyEval_SetTrace(trace_nothing, NULL);
    Py_RETURN_NONE;
}

static PyObject *
trace_off(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyEval_SetTrace(NULL, NULL);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"trace_on",  trace_on,  METH_NOARGS, "Install a trace function that does nothing."},
    {"trace_off", trace_off, METH_NOARGS, "Take it out again."                         },
    {NULL,        NULL,      0,           NULL                                         },
};

static int
module_exec(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &callback_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int ret = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return ret;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)(size_t)module_exec},
    {0,           NULL                       },
};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "lineprof_benchmark_floor",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_lineprof_benchmark_floor(void)
{
    return PyModuleDef_Init(&module_def);
}
