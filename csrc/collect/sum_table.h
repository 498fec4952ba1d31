/* Numbers of many threads and processes, added up by function. Times are in ns. */

#ifndef LINEPROF_COLLECT_SUM_TABLE_H
#define LINEPROF_COLLECT_SUM_TABLE_H

#include "base/compat.h"

typedef struct sum_edge {
    struct sum_edge *next; /* owned */
    Py_ssize_t callee;     /* its index in the table */
    uint64_t calls;
    uint64_t total;
    uint64_t cost;
} sum_edge;

typedef struct {
    uint64_t hits;
    uint64_t total;
    uint64_t self;
    uint64_t suspended;
    uint64_t total_cost;
    uint64_t self_cost;
    sum_edge *edges; /* owned */
} sum_line;

typedef struct {
    PyObject *about; /* owned; bytes that identify it */
    sum_line *lines; /* owned; NULL: none yet */
    int first;       /* line of lines[0] */
    int count;       /* of lines */
    uint64_t calls;
    uint64_t total;
    uint64_t cost;
} sum_function;

typedef struct {
    PyObject *index;         /* owned; dict: about -> index in functions */
    sum_function *functions; /* owned */
    Py_ssize_t count, room;
} sum_table;

/* 0, or -1 with an exception set. */
int sum_table_init(sum_table *table);

void sum_table_free(sum_table *table);

/* Index of a function, made at need; -1 with an exception set. */
Py_ssize_t sum_table_find(sum_table *table, PyObject *about);

/* Have room for these lines: 0, or -1 with an exception set. */
int sum_function_cover(sum_function *function, int first, int last);

/* The edge to a function, made at need; NULL with an exception set. */
sum_edge *sum_line_edge(sum_line *line, Py_ssize_t callee);

/* Add all numbers of `from`: 0, or -1 with an exception set and nothing added. */
int sum_table_add(sum_table *into, const sum_table *from);

/* What _core.pyi calls list[_ShardFunction], of functions with numbers; without `lines`
   their lists of lines and edges are empty. NULL with an exception set. */
PyObject *sum_table_list(const sum_table *table, bool lines);

#endif
