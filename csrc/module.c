/* The module: registration, nothing else. */

#include "collect/shard_sum.h"
#include "monitor/shared_tool.h"
#include "profiler.h"
#include "record/greenlets.h"
#include "state.h"
#include "top_level.h"
#include "trace/hook.h"
#include "trace/py311/evaluator.h"

static int
add_type(PyObject *module, PyTypeObject **type, PyType_Spec *spec)
{
    *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    return *type == NULL ? -1 : 0;
}

/* A free-threaded interpreter switches its GIL on for this module, with a warning, but
   not where it was told not to (PYTHON_GIL=0). Our counters need it. */
static int
refuse_without_gil(void)
{
    PyObject *ask = PySys_GetObject("_is_gil_enabled"); /* borrowed */
    PyObject *answer = ask == NULL ? Py_NewRef(Py_True) : PyObject_CallNoArgs(ask);
    int enabled = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    if (enabled == 0) {
        PyErr_SetString(PyExc_ImportError,
                        "lineprof needs the GIL, which is switched off here: run "
                        "without PYTHON_GIL=0 and -X gil=0");
    }
    return enabled > 0 ? 0 : -1;
}

static int
core_exec(PyObject *module)
{
    core_state *state = PyModule_GetState(module);
    if (refuse_without_gil() < 0) {
        return -1;
    }
    /* Keys must differ between the interpreters that a thread may run. */
    state->next_key =
        ((uint64_t)PyInterpreterState_GetID(PyInterpreterState_Get()) << 40) + 1;
    if (add_type(module, &state->profiler_type, &profiler_spec) < 0 ||
        add_type(module, &state->hook_type, &hook_spec) < 0 ||
        add_type(module, &state->tracer_type, &greenlet_tracer_spec) < 0 ||
        add_type(module, &state->shard_sum_type, &shard_sum_spec) < 0 ||
        PyModule_AddType(module, state->profiler_type) < 0 ||
        PyModule_AddType(module, state->shard_sum_type) < 0) {
        return -1;
    }
#if HAVE_MONITORING
    if (add_type(module, &state->callback_type, &tool_callback_spec) < 0) {
        return -1;
    }
#endif
    PyObject *cores = profiler_core_names();
    int ret = PyModule_AddObjectRef(module, "CORES", cores);
    Py_XDECREF(cores);
    if (ret < 0) {
        return -1;
    }
    if (evaluator_add_functions(module) < 0 || top_level_add_functions(module) < 0) {
        return -1;
    }
    return PyModule_AddStringConstant(module, "LINE_KIND", LINE_KIND_MEANING);
}

static int
core_traverse(PyObject *module, visitproc visit, void *arg)
{
    core_state *state = PyModule_GetState(module);
    Py_VISIT(state->profiler_type);
    Py_VISIT(state->hook_type);
    Py_VISIT(state->tracer_type);
    Py_VISIT(state->shard_sum_type);
    Py_VISIT(state->callback_type);
    Py_VISIT(state->spare_hook);
#if HAVE_MONITORING
    return shared_tools_traverse(state, visit, arg);
#else
    return 0;
#endif
}

static int
core_clear(PyObject *module)
{
    core_state *state = PyModule_GetState(module);
    Py_CLEAR(state->profiler_type);
    Py_CLEAR(state->hook_type);
    Py_CLEAR(state->tracer_type);
    Py_CLEAR(state->shard_sum_type);
    Py_CLEAR(state->callback_type);
    Py_CLEAR(state->spare_hook);
#if HAVE_MONITORING
    shared_tools_clear(state);
#endif
    return 0;
}

static void
core_free(void *module)
{
    (void)core_clear((PyObject *)module);
}

static PyModuleDef_Slot core_slots[] = {
    {Py_mod_exec,                  core_exec                           },
#ifdef Py_mod_multiple_interpreters  /* 3.12 */
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil  /* 3.13 */
    {Py_mod_gil,                   Py_MOD_GIL_USED                     },
#endif
    {0,                            NULL                                },
};

static PyModuleDef core_def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "lineprof._core",
    .m_doc = "The C core of lineprof: event sources and recorder.",
    .m_size = sizeof(core_state),
    .m_slots = core_slots,
    .m_traverse = core_traverse,
    .m_clear = core_clear,
    .m_free = core_free,
};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&core_def);
}
