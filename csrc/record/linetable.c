#include "record/linetable.h"

#include <assert.h>
#include <stdlib.h>

linetable *
linetable_new(int first, int last, const uint8_t *kinds)
{
    if (last < first || first < 0) {
        return NULL;
    }
    size_t count = (size_t)last - (size_t)first + 1;
    linetable *table = calloc(1, sizeof(linetable) + count * sizeof(line_cell));
    if (table != NULL) {
        table->first = first;
        table->count = (int)count;
        for (size_t i = 0; i < count; i++) {
            table->cells[i].kind = kinds[i];
        }
    }
    return table;
}

static void
edges_free(call_edge *edge)
{
    while (edge != NULL) {
        call_edge *next = edge->next;
        free(edge);
        edge = next;
    }
}

void
linetable_free(linetable *table)
{
    if (table == NULL) {
        return;
    }
    for (int i = 0; i < table->count; i++) {
        edges_free(table->cells[i].edges);
    }
    free(table);
}

void
linetable_clear(linetable *table)
{
    for (int i = 0; i < table->count; i++) {
        line_cell *cell = &table->cells[i];
        cell->hits = cell->suspended = 0;
        cell->self = cell->self_cost = cell->nested = cell->nested_cost = 0;
        for (call_edge *edge = cell->edges; edge != NULL; edge = edge->next) {
            edge->calls = edge->total = edge->cost = 0;
        }
    }
}

/* A line calls few functions, mostly the one it called last: a list that moves
   what is found to its front costs one comparison. */
call_edge *
linetable_edge(line_cell *cell, const void *callee)
{
    call_edge *edge = cell->edges;
    if (edge != NULL && edge->callee == callee) {
        return edge;
    }
    call_edge **link = &cell->edges;
    while ((edge = *link) != NULL) {
        if (edge->callee == callee) {
            *link = edge->next;
            break;
        }
        link = &edge->next;
    }
    if (edge == NULL) {
        edge = calloc(1, sizeof(call_edge));
        if (edge == NULL) {
            return NULL;
        }
        edge->callee = callee;
    }
    edge->next = cell->edges;
    cell->edges = edge;
    return edge;
}

/* Have the edges of `from` in `into` as well; false if memory is short. */
static bool
add_edges(linetable *into, const linetable *from)
{
    for (int i = 0; i < from->count; i++) {
        for (const call_edge *edge = from->cells[i].edges; edge; edge = edge->next) {
            if (linetable_edge(&into->cells[i], edge->callee) == NULL) {
                return false;
            }
        }
    }
    return true;
}

bool
linetable_merge(linetable *into, const linetable *from)
{
    assert(into->first == from->first && into->count == from->count);
    if (!add_edges(into, from)) {
        return false;
    }
    for (int i = 0; i < from->count; i++) {
        line_cell *cell = &into->cells[i];
        const line_cell *other = &from->cells[i];
        cell->hits += other->hits;
        cell->self += other->self;
        cell->self_cost += other->self_cost;
        cell->nested += other->nested;
        cell->nested_cost += other->nested_cost;
        cell->suspended += other->suspended;
        for (const call_edge *edge = other->edges; edge != NULL; edge = edge->next) {
            call_edge *sum = linetable_edge(cell, edge->callee); /* it is there */
            sum->calls += edge->calls;
            sum->total += edge->total;
            sum->cost += edge->cost;
        }
    }
    return true;
}
