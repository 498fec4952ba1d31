#include "base/module_arrival.h"

/* One per interpreter, for its life. */
typedef struct arrival_watch {
    arrival_waiter *waiters; /* borrowed */
    PyObject *modules;       /* owned; sys.modules */
    int id;                  /* of its watcher, < 0: none */
} arrival_watch;

#define WATCH_KEY "lineprof.arrival_watch"

/* An item of a dict, borrowed; NULL, without an exception, if there is none or memory
   is short. */
static PyObject *
find_item(PyObject *dict, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    PyObject *item = key == NULL ? NULL : PyDict_GetItemWithError(dict, key);
    Py_XDECREF(key);
    if (item == NULL) {
        PyErr_Clear();
    }
    return item;
}

/* The interpreter's watch; NULL if there is none. No exception may be set before, and
   none is afterwards. */
static arrival_watch *
find_watch(void)
{
    PyObject *dict = PyInterpreterState_GetDict(PyInterpreterState_Get());
    PyObject *capsule = dict == NULL ? NULL : find_item(dict, WATCH_KEY);
    return capsule == NULL ? NULL : PyCapsule_GetPointer(capsule, WATCH_KEY);
}

/* The interpreter ends. */
static void
free_watch(PyObject *capsule)
{
    arrival_watch *watch = PyCapsule_GetPointer(capsule, WATCH_KEY);
    for (arrival_waiter *waiter = watch->waiters; waiter; waiter = waiter->next) {
        waiter->watch = NULL;
    }
    Py_CLEAR(watch->modules);
    PyMem_Free(watch);
}

/* The same, made at need; NULL with an exception set. */
static arrival_watch *
have_watch(void)
{
    arrival_watch *watch = find_watch();
    PyObject *dict = PyInterpreterState_GetDict(PyInterpreterState_Get());
    if (watch != NULL || dict == NULL) {
        return watch;
    }
    watch = PyMem_Calloc(1, sizeof(arrival_watch));
    if (watch == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    watch->id = -1;
    watch->modules = Py_XNewRef(PySys_GetObject("modules"));
    PyObject *capsule = PyCapsule_New(watch, WATCH_KEY, free_watch);
    if (capsule == NULL) {
        Py_CLEAR(watch->modules);
        PyMem_Free(watch);
        return NULL;
    }
    if (watch->modules == NULL || !PyDict_Check(watch->modules) ||
        PyDict_SetItemString(dict, WATCH_KEY, capsule) < 0) {
        watch = NULL; /* freed with the capsule; the next one is tried anew */
    }
    Py_DECREF(capsule);
    return watch;
}

PyObject *
module_arrival_find(const char *name)
{
    compat_error pending = compat_error_take();
    arrival_watch *watch = have_watch();
    PyObject *module = watch == NULL ? NULL : find_item(watch->modules, name);
    PyErr_Clear();
    compat_error_put_back(pending);
    return module;
}

#if HAVE_DICT_WATCHERS

/* Called before every change of sys.modules. */
static int
on_module(PyDict_WatchEvent event, PyObject *Py_UNUSED(dict), PyObject *key,
          PyObject *Py_UNUSED(value))
{
    if (event != PyDict_EVENT_ADDED || key == NULL || !PyUnicode_Check(key)) {
        return 0;
    }
    compat_error pending = compat_error_take();
    arrival_watch *watch = find_watch();
    compat_error_put_back(pending);
    for (arrival_waiter *waiter = watch == NULL ? NULL : watch->waiters; waiter;
         waiter = waiter->next) {
        if (PyUnicode_CompareWithASCIIString(key, waiter->name) == 0) {
            waiter->came(waiter);
        }
    }
    return 0;
}

static void
place(arrival_watch *watch)
{
    if (watch->id < 0) {
        watch->id = PyDict_AddWatcher(on_module);
        if (watch->id >= 0 && PyDict_Watch(watch->id, watch->modules) < 0) {
            (void)PyDict_ClearWatcher(watch->id);
            watch->id = -1;
        }
    }
}

static void
remove_watcher(arrival_watch *watch)
{
    if (watch->id >= 0) {
        (void)PyDict_Unwatch(watch->id, watch->modules);
        (void)PyDict_ClearWatcher(watch->id);
        watch->id = -1;
    }
}

#else

static void
place(arrival_watch *Py_UNUSED(watch))
{
}

static void
remove_watcher(arrival_watch *Py_UNUSED(watch))
{
}

#endif

void
module_arrival_begin(arrival_waiter *waiter)
{
    arrival_watch *watch = waiter->watch == NULL ? have_watch() : NULL;
    if (watch != NULL) {
        place(watch);
        waiter->next = watch->waiters;
        watch->waiters = waiter;
        waiter->watch = watch;
    }
}

void
module_arrival_end(arrival_waiter *waiter)
{
    arrival_watch *watch = waiter->watch;
    if (watch == NULL) {
        return;
    }
    waiter->watch = NULL;
    arrival_waiter **link = &watch->waiters;
    while (*link != NULL && *link != waiter) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = waiter->next;
    }
    if (watch->waiters == NULL) {
        remove_watcher(watch);
    }
}

void
module_arrival_look(void)
{
    arrival_watch *watch = find_watch();
    for (arrival_waiter *waiter = watch == NULL ? NULL : watch->waiters; waiter;
         waiter = waiter->next) {
        if (module_arrival_find(waiter->name) != NULL) {
            waiter->came(waiter);
        }
    }
}
