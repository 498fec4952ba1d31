#include "import_watch.h"

/* One per interpreter, for its life. */
typedef struct {
    import_waiter *waiters; /* borrowed */
    int id;                 /* of the watcher of sys.modules, < 0: none */
} import_watch;

#define WATCH_KEY "lineprof.import_watch"

/* sys.modules, borrowed; NULL, without an exception, late in the interpreter's life. */
static PyObject *
module_dict(void)
{
    PyObject *modules = PySys_GetObject("modules");
    return modules != NULL && PyDict_Check(modules) ? modules : NULL;
}

PyObject *
import_watch_find(const char *name)
{
    PyObject *modules = module_dict();
    return modules == NULL ? NULL : PyDict_GetItemString(modules, name);
}

/* The interpreter's, NULL if there is none. Never raises. */
static import_watch *
find_watch(void)
{
    PyObject *dict = PyInterpreterState_GetDict(PyInterpreterState_Get());
    PyObject *capsule = dict == NULL ? NULL : PyDict_GetItemString(dict, WATCH_KEY);
    return capsule == NULL ? NULL : PyCapsule_GetPointer(capsule, WATCH_KEY);
}

/* The interpreter goes. */
static void
free_watch(PyObject *capsule)
{
    import_watch *watch = PyCapsule_GetPointer(capsule, WATCH_KEY);
    for (import_waiter *waiter = watch->waiters; waiter; waiter = waiter->next) {
        waiter->waiting = false;
    }
    PyMem_Free(watch);
}

/* The same, made at need; NULL with an exception set. */
static import_watch *
have_watch(void)
{
    import_watch *watch = find_watch();
    PyObject *dict = PyInterpreterState_GetDict(PyInterpreterState_Get());
    if (watch != NULL || dict == NULL) {
        return watch;
    }
    watch = PyMem_Calloc(1, sizeof(import_watch));
    if (watch == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    watch->id = -1;
    PyObject *capsule = PyCapsule_New(watch, WATCH_KEY, free_watch);
    if (capsule == NULL) {
        PyMem_Free(watch);
        return NULL;
    }
    if (PyDict_SetItemString(dict, WATCH_KEY, capsule) < 0) {
        watch = NULL; /* freed with the capsule */
    }
    Py_DECREF(capsule);
    return watch;
}

#if HAVE_DICT_WATCHERS

/* Called before every change of sys.modules. */
static int
on_module(PyDict_WatchEvent event, PyObject *Py_UNUSED(dict), PyObject *key,
          PyObject *Py_UNUSED(value))
{
    import_watch *watch;
    if (event != PyDict_EVENT_ADDED || key == NULL || !PyUnicode_Check(key) ||
        (watch = find_watch()) == NULL) {
        return 0;
    }
    for (import_waiter *waiter = watch->waiters; waiter; waiter = waiter->next) {
        if (PyUnicode_CompareWithASCIIString(key, waiter->name) == 0) {
            waiter->came(waiter);
        }
    }
    return 0;
}

static void
place(import_watch *watch)
{
    PyObject *modules = module_dict();
    if (modules != NULL && watch->id < 0) {
        watch->id = PyDict_AddWatcher(on_module);
        if (watch->id >= 0 && PyDict_Watch(watch->id, modules) < 0) {
            (void)PyDict_ClearWatcher(watch->id);
            watch->id = -1;
        }
    }
}

static void
remove_watcher(import_watch *watch)
{
    if (watch->id >= 0) {
        PyObject *modules = module_dict();
        if (modules != NULL) {
            (void)PyDict_Unwatch(watch->id, modules);
        }
        (void)PyDict_ClearWatcher(watch->id);
        watch->id = -1;
    }
}

#else

static void
place(import_watch *Py_UNUSED(watch))
{
}

static void
remove_watcher(import_watch *Py_UNUSED(watch))
{
}

#endif

void
import_watch_begin(import_waiter *waiter)
{
    import_watch *watch = waiter->waiting ? NULL : have_watch();
    if (watch != NULL) {
        place(watch);
        waiter->next = watch->waiters;
        watch->waiters = waiter;
        waiter->waiting = true;
    }
}

void
import_watch_end(import_waiter *waiter)
{
    import_watch *watch = waiter->waiting ? find_watch() : NULL;
    if (watch == NULL) {
        return;
    }
    waiter->waiting = false;
    import_waiter **link = &watch->waiters;
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
import_watch_look(void)
{
    import_watch *watch = find_watch();
    for (import_waiter *waiter = watch == NULL ? NULL : watch->waiters; waiter;
         waiter = waiter->next) {
        if (import_watch_find(waiter->name) != NULL) {
            waiter->came(waiter);
        }
    }
}
