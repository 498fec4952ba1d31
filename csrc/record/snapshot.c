#include "record/snapshot.h"

#include "record/settle.h"

/* Append and give away an item; -1 with an exception set. */
static int
list_take(PyObject *list, PyObject *item)
{
    if (item == NULL) {
        return -1;
    }
    int ret = PyList_Append(list, item);
    Py_DECREF(item);
    return ret;
}

#define U64(value) ((unsigned long long)(value))

static PyObject *
build_line(int line, const line_cell *cell)
{
    return Py_BuildValue("(iKKKKKK)", line, U64(cell->hits), U64(linetable_total(cell)),
                         U64(cell->self), U64(cell->suspended),
                         U64(linetable_total_cost(cell)), U64(cell->self_cost));
}

static PyObject *
build_edge(int line, const call_edge *edge)
{
    const registry_entry *callee = edge->callee;
    return Py_BuildValue("(iOKKK)", line, callee->code, U64(edge->calls),
                         U64(edge->total), U64(edge->cost));
}

static PyObject *
build_function(const function_record *function)
{
    PyObject *result = NULL;
    PyObject *lines = PyList_New(0);
    PyObject *edges = PyList_New(0);
    if (lines == NULL || edges == NULL) {
        goto done;
    }
    const linetable *table = function->lines;
    for (int i = 0; i < table->count; i++) {
        const line_cell *cell = &table->cells[i];
        int line = table->first + i;
        if ((cell->hits != 0 || linetable_total(cell) != 0 || cell->suspended != 0) &&
            list_take(lines, build_line(line, cell)) < 0) {
            goto done;
        }
        for (const call_edge *edge = cell->edges; edge != NULL; edge = edge->next) {
            if ((edge->calls != 0 || edge->total != 0) &&
                list_take(edges, build_edge(line, edge)) < 0) {
                goto done;
            }
        }
    }
    result = Py_BuildValue("(OKKKOO)", function->entry->code, U64(function->calls),
                           U64(function->total), U64(function->cost), lines, edges);
done:
    Py_XDECREF(lines);
    Py_XDECREF(edges);
    return result;
}

/* Append a thread that ran measured code: 0, or -1 with an exception set. */
static int
add_thread(PyObject *threads, const thread_record *thread)
{
    PyObject *functions = PyList_New(0);
    if (functions == NULL) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < thread->room; i++) {
        if (thread->functions[i] != NULL &&
            list_take(functions, build_function(thread->functions[i])) < 0) {
            Py_DECREF(functions);
            return -1;
        }
    }
    if (PyList_GET_SIZE(functions) == 0) {
        Py_DECREF(functions);
        return 0;
    }
    return list_take(threads, Py_BuildValue("(kN)", thread->ident, functions));
}

static PyObject *
build_threads(recorder *rec)
{
    PyObject *threads = PyList_New(0);
    if (threads == NULL) {
        return NULL;
    }
    for (thread_record *thread = rec->threads.first; thread; thread = thread->next) {
        if (add_thread(threads, thread) < 0) {
            Py_DECREF(threads);
            return NULL;
        }
    }
    return threads;
}

PyObject *
snapshot_build(recorder *rec, uint64_t now)
{
    /* A collection could run finalizers, whose events would change what is walked
       here. */
    int collects = PyGC_Disable();
    settle_all(rec, now);
    PyObject *threads = build_threads(rec);
    if (collects) {
        PyGC_Enable();
    }
    return threads;
}
