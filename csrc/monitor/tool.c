#include "monitor/tool.h"

#include <string.h>

#if HAVE_MONITORING

/* No known tool insists on 5. ddtrace takes 4, or 3; Hypothesis 3 and no other;
   cProfile and line_profiler 2, coverage 1, debuggers 0. */
static const int preferred_ids[] = {5, 4, 3, 2, 1, 0};

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

#define CALL_OFFSET offsetof(tool_callback, call)

static PyMemberDef callback_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, CALL_OFFSET, Py_READONLY, NULL},
    {NULL,                   0,             0,           0,           NULL},
};

static PyType_Slot callback_slots[] = {
    {Py_tp_doc,      "Called by sys.monitoring."},
    {Py_tp_dealloc,  callback_dealloc           },
    {Py_tp_traverse, callback_traverse          },
    {Py_tp_call,     PyVectorcall_Call          },
    {Py_tp_members,  callback_members           },
    {0,              NULL                       },
};

PyType_Spec tool_callback_spec = {
    .name = "lineprof._core.Callback",
    .basicsize = sizeof(tool_callback),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = callback_slots,
};

static PyObject *
callback_new(PyTypeObject *type, vectorcallfunc call)
{
    tool_callback *self = (tool_callback *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->call = call;
    }
    return (PyObject *)self;
}

/* Call a function for its effect: 0, or -1 with an exception set. */
static int
call(PyObject *function, PyObject *const *args, size_t count)
{
    PyObject *result = PyObject_Vectorcall(function, args, count, NULL);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Take the first free id: 0, or -1 with an exception set. */
static int
take_id(monitor_tool *tool, PyObject *api)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(preferred_ids); i++) {
        int id = preferred_ids[i];
        PyObject *none = PyObject_CallMethod(api, "use_tool_id", "is", id, "lineprof");
        if (none != NULL) {
            Py_DECREF(none);
            tool->id = id;
            tool->id_object = PyLong_FromLong(id); /* a small int: never fails */
            return 0;
        }
        if (!PyErr_ExceptionMatches(PyExc_ValueError)) {
            return -1;
        }
        PyErr_Clear();
    }
    PyErr_SetString(PyExc_RuntimeError,
                    "all tool ids of sys.monitoring are in use by other tools");
    return -1;
}

static int
find_functions(monitor_tool *tool, PyObject *api)
{
    const struct {
        const char *name;
        PyObject **place;
    } functions[] = {
        {"DISABLE",           &tool->disable          },
        {"set_events",        &tool->set_events       },
        {"set_local_events",  &tool->set_local_events },
        {"register_callback", &tool->register_callback},
        {"free_tool_id",      &tool->free_tool_id     },
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(functions); i++) {
        *functions[i].place = PyObject_GetAttrString(api, functions[i].name);
        if (*functions[i].place == NULL) {
            return -1;
        }
    }
    tool->zero = PyLong_FromLong(0);
    return tool->zero == NULL ? -1 : 0;
}

static int
find_bits(monitor_tool *tool, PyObject *api)
{
    PyObject *events = PyObject_GetAttrString(api, "events");
    for (int i = 0; events != NULL && tool->table[i].name != NULL; i++) {
        tool->bit_objects[i] = PyObject_GetAttrString(events, tool->table[i].name);
        if (tool->bit_objects[i] == NULL) {
            break;
        }
        tool->bits[i] = (int)PyLong_AsLong(tool->bit_objects[i]);
    }
    Py_XDECREF(events);
    return PyErr_Occurred() ? -1 : 0;
}

static int
register_one(monitor_tool *tool, int place, PyObject *callback)
{
    PyObject *args[] = {tool->id_object, tool->bit_objects[place], callback};
    return call(tool->register_callback, args, 3);
}

static int
register_callbacks(monitor_tool *tool, PyTypeObject *type, void *owner)
{
    for (int i = 0; tool->table[i].name != NULL; i++) {
        if (tool->callbacks[i] == NULL) {
            tool->callbacks[i] = callback_new(type, tool->table[i].call);
        }
        if (tool->callbacks[i] == NULL) {
            return -1;
        }
        ((tool_callback *)tool->callbacks[i])->owner = owner;
        if (register_one(tool, i, tool->callbacks[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

/* sys.monitoring, first without an import: while the interpreter ends nothing can be
   imported. The import gives the error message if it is not there. A new reference;
   NULL with an exception set. */
static PyObject *
find_api(void)
{
    PyObject *api = Py_XNewRef(PySys_GetObject("monitoring"));
    if (api == NULL) {
        PyObject *sys = PyImport_ImportModule("sys");
        api = sys == NULL ? NULL : PyObject_GetAttrString(sys, "monitoring");
        Py_XDECREF(sys);
    }
    return api;
}

int
tool_open(monitor_tool *tool, const tool_event *table, PyTypeObject *callback_type,
          void *owner)
{
    int ret = -1;
    tool->table = table;
    tool->id = -1;
    PyObject *api = find_api();
    if (api != NULL && find_functions(tool, api) == 0 && find_bits(tool, api) == 0 &&
        take_id(tool, api) == 0) {
        ret = register_callbacks(tool, callback_type, owner);
    }
    Py_XDECREF(api);
    if (ret < 0) {
        tool_close(tool);
    }
    return ret;
}

int
tool_set_global(monitor_tool *tool, int events)
{
    PyObject *set = PyLong_FromLong(events);
    PyObject *args[] = {tool->id_object, set};
    int ret = set == NULL ? -1 : call(tool->set_events, args, 2);
    Py_XDECREF(set);
    return ret;
}

int
tool_set_local(monitor_tool *tool, PyCodeObject *code, int events)
{
    PyObject *set = PyLong_FromLong(events);
    PyObject *args[] = {tool->id_object, (PyObject *)code, set};
    int ret = set == NULL ? -1 : call(tool->set_local_events, args, 3);
    Py_XDECREF(set);
    return ret;
}

int
tool_set_local_instructions(monitor_tool *tool, PyCodeObject *code, int events)
{
    int ret = -1;
    monitor_tool second = {.id = -1};
    PyObject *api = find_api();
    PyObject *shared = PyLong_FromLong(events & -events); /* any of them will do */
    if (api == NULL || shared == NULL) {
        goto done;
    }
    if (take_id(&second, api) < 0) {
        PyErr_Clear(); /* all ids are taken: there is a second tool anyhow */
        ret = tool_set_local(tool, code, events);
        goto done;
    }
    PyObject *begin[] = {second.id_object, (PyObject *)code, shared};
    if (call(tool->set_local_events, begin, 3) == 0) {
        ret = tool_set_local(tool, code, events);
    }
    compat_error pending = compat_error_take();
    PyObject *end[] = {second.id_object, (PyObject *)code, tool->zero};
    (void)call(tool->set_local_events, end, 3);
    PyErr_Clear();
    (void)call(tool->free_tool_id, end, 1);
    PyErr_Clear();
    compat_error_put_back(pending);
done:
    Py_XDECREF(second.id_object);
    Py_XDECREF(shared);
    Py_XDECREF(api);
    return ret;
}

int
tool_keep_opcodes(monitor_tool *tool, registry_entry *entry)
{
#if TRACES_OPCODES_BY_CODE
    int any = 1 << PY_MONITORING_EVENT_PY_START;
    int instruction = 1 << PY_MONITORING_EVENT_INSTRUCTION;
    if (!entry->keeps_opcodes) {
        if (tool_set_local_instructions(tool, entry->code, any | instruction) < 0) {
            return -1;
        }
        entry->keeps_opcodes = true;
        return tool_set_local(tool, entry->code, 0);
    }
#else
    (void)tool;
    (void)entry;
#endif
    return 0;
}

static void
clear_objects(PyObject **objects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Py_CLEAR(objects[i]);
    }
}

void
tool_set_owner(monitor_tool *tool, void *owner, void *direct)
{
    for (int i = 0; i < TOOL_MOST_EVENTS; i++) {
        if (tool->callbacks[i] != NULL) {
            ((tool_callback *)tool->callbacks[i])->owner = owner;
            ((tool_callback *)tool->callbacks[i])->direct = direct;
        }
    }
}

void
tool_close(monitor_tool *tool)
{
    compat_error pending = compat_error_take();
    if (tool->id >= 0) {
        PyObject *none[] = {tool->id_object, tool->zero};
        (void)call(tool->set_events, none, 2);
        PyErr_Clear();
        for (int i = 0; tool->table[i].name != NULL; i++) {
            (void)register_one(tool, i, Py_None);
            PyErr_Clear();
        }
        (void)call(tool->free_tool_id, none, 1);
        PyErr_Clear();
        tool->id = -1;
    }
    tool_set_owner(tool, NULL, NULL);
    clear_objects(tool->bit_objects, TOOL_MOST_EVENTS);
    Py_CLEAR(tool->id_object);
    Py_CLEAR(tool->zero);
    Py_CLEAR(tool->disable);
    Py_CLEAR(tool->set_events);
    Py_CLEAR(tool->set_local_events);
    Py_CLEAR(tool->register_callback);
    Py_CLEAR(tool->free_tool_id);
    compat_error_put_back(pending);
}

void
tool_free(monitor_tool *tool)
{
    clear_objects(tool->callbacks, TOOL_MOST_EVENTS);
}

#endif
