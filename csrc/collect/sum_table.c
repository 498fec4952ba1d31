#include "collect/sum_table.h"

#include <string.h>

#define MOST_LINES (1024 * 1024) /* of one function; a damaged file may claim any */

int
sum_table_init(sum_table *table)
{
    memset(table, 0, sizeof(*table));
    table->index = PyDict_New();
    return table->index == NULL ? -1 : 0;
}

static void
function_free(sum_function *function)
{
    for (int i = 0; i < function->count; i++) {
        sum_edge *edge = function->lines[i].edges;
        while (edge != NULL) {
            sum_edge *next = edge->next;
            PyMem_Free(edge);
            edge = next;
        }
    }
    PyMem_Free(function->lines);
    Py_DECREF(function->about);
}

void
sum_table_free(sum_table *table)
{
    for (Py_ssize_t i = 0; i < table->count; i++) {
        function_free(&table->functions[i]);
    }
    PyMem_Free(table->functions);
    Py_CLEAR(table->index);
    table->functions = NULL;
    table->count = table->room = 0;
}

Py_ssize_t
sum_table_find(sum_table *table, PyObject *about)
{
    PyObject *found = PyDict_GetItemWithError(table->index, about); /* borrowed */
    if (found != NULL || PyErr_Occurred()) {
        return found == NULL ? -1 : PyLong_AsSsize_t(found);
    }
    if (table->count == table->room) {
        Py_ssize_t room = table->room == 0 ? 16 : 2 * table->room;
        sum_function *functions =
            PyMem_Realloc(table->functions, (size_t)room * sizeof(sum_function));
        if (functions == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        table->functions = functions;
        table->room = room;
    }
    PyObject *index = PyLong_FromSsize_t(table->count);
    int ret = index == NULL ? -1 : PyDict_SetItem(table->index, about, index);
    Py_XDECREF(index);
    if (ret < 0) {
        return -1;
    }
    table->functions[table->count] = (sum_function){.about = Py_NewRef(about)};
    return table->count++;
}

int
sum_function_cover(sum_function *function, int first, int last)
{
    if (function->count > 0) {
        int own_last = function->first + function->count - 1;
        if (first >= function->first && last <= own_last) {
            return 0;
        }
        first = first < function->first ? first : function->first;
        last = last > own_last ? last : own_last;
    }
    if (first < 0 || last < first || last - first >= MOST_LINES) {
        PyErr_SetString(PyExc_ValueError, "a function has impossible lines");
        return -1;
    }
    int count = last - first + 1;
    sum_line *lines = PyMem_Calloc((size_t)count, sizeof(sum_line));
    if (lines == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (function->count > 0) {
        memcpy(lines + (function->first - first), function->lines,
               (size_t)function->count * sizeof(sum_line));
    }
    PyMem_Free(function->lines);
    function->lines = lines;
    function->first = first;
    function->count = count;
    return 0;
}

sum_edge *
sum_line_edge(sum_line *line, Py_ssize_t callee)
{
    for (sum_edge *edge = line->edges; edge != NULL; edge = edge->next) {
        if (edge->callee == callee) {
            return edge;
        }
    }
    sum_edge *edge = PyMem_Calloc(1, sizeof(sum_edge));
    if (edge == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    edge->callee = callee;
    edge->next = line->edges;
    line->edges = edge;
    return edge;
}

/* Have all lines and edges of a function in `into` as well; places: the index there of
   each function of `from`. 0, or -1 with an exception set. */
static int
make_room(sum_table *into, const sum_function *from, const Py_ssize_t *places,
          Py_ssize_t place)
{
    sum_function *function = &into->functions[place];
    if (from->count == 0) {
        return 0;
    }
    if (sum_function_cover(function, from->first, from->first + from->count - 1) < 0) {
        return -1;
    }
    sum_line *lines = function->lines + (from->first - function->first);
    for (int i = 0; i < from->count; i++) {
        for (const sum_edge *edge = from->lines[i].edges; edge; edge = edge->next) {
            if (sum_line_edge(&lines[i], places[edge->callee]) == NULL) {
                return -1;
            }
        }
    }
    return 0;
}

/* There is room for all. */
static void
add_function(sum_function *into, const sum_function *from, const Py_ssize_t *places)
{
    into->calls += from->calls;
    into->total += from->total;
    into->cost += from->cost;
    for (int i = 0; i < from->count; i++) {
        const sum_line *line = &from->lines[i];
        sum_line *sum = &into->lines[from->first - into->first + i];
        sum->hits += line->hits;
        sum->total += line->total;
        sum->self += line->self;
        sum->suspended += line->suspended;
        sum->total_cost += line->total_cost;
        sum->self_cost += line->self_cost;
        for (const sum_edge *edge = line->edges; edge != NULL; edge = edge->next) {
            sum_edge *added = sum_line_edge(sum, places[edge->callee]); /* is there */
            added->calls += edge->calls;
            added->total += edge->total;
            added->cost += edge->cost;
        }
    }
}

int
sum_table_add(sum_table *into, const sum_table *from)
{
    int ret = -1;
    Py_ssize_t *places = PyMem_Calloc((size_t)from->count + 1, sizeof(Py_ssize_t));
    if (places == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < from->count; i++) {
        if ((places[i] = sum_table_find(into, from->functions[i].about)) < 0) {
            goto done;
        }
    }
    for (Py_ssize_t i = 0; i < from->count; i++) {
        if (make_room(into, &from->functions[i], places, places[i]) < 0) {
            goto done;
        }
    }
    for (Py_ssize_t i = 0; i < from->count; i++) {
        add_function(&into->functions[places[i]], &from->functions[i], places);
    }
    ret = 0;
done:
    PyMem_Free(places);
    return ret;
}

/* -- As Python values ---------------------------------------------------------------
 */

#define U64(value) ((unsigned long long)(value))

/* Append and give away an item; -1 with an exception set. */
static int
list_take(PyObject *list, PyObject *item)
{
    int ret = item == NULL ? -1 : PyList_Append(list, item);
    Py_XDECREF(item);
    return ret;
}

/* Append a line and its edges, if they have numbers: 0, or -1 with an exception set. */
static int
list_line(const sum_table *table, int number, const sum_line *line, PyObject *lines,
          PyObject *edges)
{
    bool counted = line->hits != 0 || line->total != 0 || line->suspended != 0;
    if (counted &&
        list_take(lines,
                  Py_BuildValue("(iKKKKKK)", number, U64(line->hits), U64(line->total),
                                U64(line->self), U64(line->suspended),
                                U64(line->total_cost), U64(line->self_cost))) < 0) {
        return -1;
    }
    for (const sum_edge *edge = line->edges; edge != NULL; edge = edge->next) {
        PyObject *callee = table->functions[edge->callee].about;
        if ((edge->calls != 0 || edge->total != 0) &&
            list_take(edges, Py_BuildValue("(iOKKK)", number, callee, U64(edge->calls),
                                           U64(edge->total), U64(edge->cost))) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool
has_numbers(const sum_function *function)
{
    bool found = function->calls != 0 || function->total != 0;
    for (int i = 0; i < function->count && !found; i++) {
        const sum_line *line = &function->lines[i];
        found = line->hits != 0 || line->total != 0 || line->suspended != 0;
    }
    return found;
}

static PyObject *
build_function(const sum_table *table, const sum_function *function, bool with_lines)
{
    PyObject *result = NULL;
    PyObject *lines = PyList_New(0);
    PyObject *edges = PyList_New(0);
    if (lines == NULL || edges == NULL) {
        goto done;
    }
    for (int i = 0; with_lines && i < function->count; i++) {
        if (list_line(table, function->first + i, &function->lines[i], lines, edges) <
            0) {
            goto done;
        }
    }
    result = Py_BuildValue("(OKKKOO)", function->about, U64(function->calls),
                           U64(function->total), U64(function->cost), lines, edges);
done:
    Py_XDECREF(lines);
    Py_XDECREF(edges);
    return result;
}

PyObject *
sum_table_list(const sum_table *table, bool lines)
{
    PyObject *result = PyList_New(0);
    for (Py_ssize_t i = 0; result != NULL && i < table->count; i++) {
        const sum_function *function = &table->functions[i];
        if (has_numbers(function) &&
            list_take(result, build_function(table, function, lines)) < 0) {
            Py_CLEAR(result);
        }
    }
    return result;
}
