#include "record/linetable.h"

#include <assert.h>

linetable *
linetable_new(shard *own, const void *function, int first, int last,
              const uint8_t *kinds)
{
    if (last < first || first < 0) {
        return NULL;
    }
    size_t count = (size_t)last - (size_t)first + 1;
    linetable *table = shard_alloc(own, SHARD_LINES, function,
                                   sizeof(linetable) + count * sizeof(line_cell));
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
edges_free(shard *own, call_edge *edge)
{
    while (edge != NULL) {
        call_edge *next = edge->next;
        shard_free(own, edge);
        edge = next;
    }
}

void
linetable_free(shard *own, linetable *table)
{
    if (table == NULL) {
        return;
    }
    for (int i = 0; i < table->count; i++) {
        edges_free(own, table->cells[i].edges);
    }
    shard_free(own, table);
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
linetable_edge(shard *own, line_cell *cell, const void *callee)
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
        edge = shard_alloc(own, SHARD_EDGE, cell, sizeof(call_edge));
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
add_edges(shard *own, linetable *into, const linetable *from)
{
    for (int i = 0; i < from->count; i++) {
        for (const call_edge *edge = from->cells[i].edges; edge; edge = edge->next) {
            if (linetable_edge(own, &into->cells[i], edge->callee) == NULL) {
                return false;
            }
        }
    }
    return true;
}

bool
linetable_merge(shard *own, linetable *into, const linetable *from)
{
    assert(into->first == from->first && into->count == from->count);
    if (!add_edges(own, into, from)) {
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
            call_edge *sum = linetable_edge(own, cell, edge->callee); /* it is there */
            sum->calls += edge->calls;
            sum->total += edge->total;
            sum->cost += edge->cost;
        }
    }
    return true;
}
