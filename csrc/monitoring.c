#include "monitoring.h"

#include <string.h>

#if HAVE_MONITORING

/* 3 and 4 have no customary owner. cProfile and line_profiler take 2, coverage 1,
   debuggers 0. */
static const int preferred_ids[] = {3, 4, 2, 5, 1, 0};

static void
callback_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static int
callback_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static PyMemberDef callback_members[] = {
    {"__vectorcalloffset__",
     Py_T_PYSSIZET, offsetof(monitoring_callback, call),
     Py_READONLY,                                              NULL},
    {NULL,                      0,        0,              0,           NULL},
};

static PyType_Slot callback_slots[] = {
    {Py_tp_doc,      "What lineprof has sys.monitoring call."},
    {Py_tp_dealloc,  callback_dealloc                        },
    {Py_tp_traverse, callback_traverse                       },
    {Py_tp_call,     PyVectorcall_Call                       },
    {Py_tp_members,  callback_members                        },
    {0,              NULL                                    },
};

PyType_Spec monitoring_callback_spec = {
    .name = "lineprof._core.Callback",
    .basicsize = sizeof(monitoring_callback),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = callback_slots,
};

static PyObject *
callback_new(PyTypeObject *type, vectorcallfunc call, void *owner)
{
    monitoring_callback *self = (monitoring_callback *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->call = call;
        self->owner = owner;
    }
    return (PyObject *)self;
}

/* Call a function of sys.monitoring for its effect. */
static int
tool_call(monitoring_tool *tool, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *args = Py_VaBuildValue(format, arguments);
    va_end(arguments);
    PyObject *function = PyObject_GetAttrString(tool->api, name);
    PyObject *result = NULL;
    if (args != NULL && function != NULL) {
        result = PyObject_CallObject(function, args);
    }
    int ret = result == NULL ? -1 : 0;
    Py_XDECREF(args);
    Py_XDECREF(function);
    Py_XDECREF(result);
    return ret;
}

/* Take the first free id: 1, 0 if none is free, -1 with an exception set. */
static int
take_id(monitoring_tool *tool)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(preferred_ids); i++) {
        int id = preferred_ids[i];
        if (tool_call(tool, "use_tool_id", "(is)", id, "lineprof") == 0) {
            tool->id = id;
            return 1;
        }
        if (!PyErr_ExceptionMatches(PyExc_ValueError)) {
            return -1;
        }
        PyErr_Clear();
    }
    return 0;
}

static int
find_bits(monitoring_tool *tool)
{
    int ret = -1;
    PyObject *events = PyObject_GetAttrString(tool->api, "events");
    if (events == NULL) {
        return -1;
    }
    for (int i = 0; tool->table[i].name != NULL; i++) {
        PyObject *value = PyObject_GetAttrString(events, tool->table[i].name);
        if (value == NULL) {
            goto done;
        }
        tool->bits[i] = (int)PyLong_AsLong(value);
        Py_DECREF(value);
    }
    ret = PyErr_Occurred() ? -1 : 0;
done:
    Py_DECREF(events);
    return ret;
}

static int
register_callbacks(monitoring_tool *tool, PyTypeObject *type, void *owner)
{
    for (int i = 0; tool->table[i].name != NULL; i++) {
        PyObject *callback = callback_new(type, tool->table[i].call, owner);
        if (callback == NULL) {
            return -1;
        }
        tool->callbacks[i] = callback;
        if (tool_call(
                tool, "register_callback", "(iiO)", tool->id, tool->bits[i], callback) <
            0) {
            return -1;
        }
    }
    return 0;
}

int
monitoring_open(monitoring_tool *tool, const monitoring_event *table,
                PyTypeObject *callback_type, void *owner)
{
    memset(tool, 0, sizeof(*tool));
    tool->table = table;
    tool->id = -1;
    PyObject *api = PySys_GetObject("monitoring"); /* borrowed */
    if (api == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "sys.monitoring is missing");
        return -1;
    }
    tool->api = Py_NewRef(api);
    tool->disable = PyObject_GetAttrString(api, "DISABLE");
    int taken;
    if (tool->disable == NULL || (taken = take_id(tool)) < 0) {
        goto error;
    }
    if (!taken) {
        PyErr_SetString(PyExc_RuntimeError,
                        "all tool ids of sys.monitoring are in use by other tools");
        goto error;
    }
    if (find_bits(tool) < 0 || register_callbacks(tool, callback_type, owner) < 0) {
        goto error;
    }
    return 0;
error:
    monitoring_close(tool);
    return -1;
}

int
monitoring_set_global(monitoring_tool *tool, int events)
{
    return tool_call(tool, "set_events", "(ii)", tool->id, events);
}

int
monitoring_set_local(monitoring_tool *tool, PyCodeObject *code, int events)
{
    return tool_call(tool, "set_local_events", "(iOi)", tool->id, code, events);
}

void
monitoring_close(monitoring_tool *tool)
{
    compat_error pending = compat_error_take();
    if (tool->id >= 0) {
        (void)monitoring_set_global(tool, 0);
        PyErr_Clear();
        for (int i = 0; tool->table[i].name != NULL; i++) {
            (void)tool_call(
                tool, "register_callback", "(iiO)", tool->id, tool->bits[i], Py_None);
            PyErr_Clear();
        }
        (void)tool_call(tool, "free_tool_id", "(i)", tool->id);
        PyErr_Clear();
        tool->id = -1;
    }
    for (int i = 0; i < MONITORING_MOST_EVENTS; i++) {
        if (tool->callbacks[i] != NULL) {
            ((monitoring_callback *)tool->callbacks[i])->owner = NULL;
            Py_CLEAR(tool->callbacks[i]);
        }
    }
    Py_CLEAR(tool->api);
    Py_CLEAR(tool->disable);
    compat_error_put_back(pending);
}

#endif
