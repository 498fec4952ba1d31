/* Numbers of the lines of one function on one thread. No Python.

   A dense array, one cell a line: `line - first` is the index, so an event never
   searches. Calls made from a line hang off its cell. */

#ifndef LINEPROF_RECORD_LINETABLE_H
#define LINEPROF_RECORD_LINETABLE_H

#include "shard/shard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Calls of one callee from one line. */
typedef struct call_edge {
    struct call_edge *next; /* owned */
    const void *callee;     /* borrowed; an identity */
    const void *code;       /* identity of its code object, and ... */
    void *function; /* borrowed; ... its numbers on the thread: for who has both at
                       hand the next time; NULL: not known yet */
    uint64_t calls;
    uint64_t total; /* ticks, outermost instances */
    uint64_t cost;  /* ticks of total that events took */
    uint32_t open;  /* activations that came by it and have not left */
    uint32_t slot;  /* of its frame that was suspended last, see framemap.h */
} call_edge;

typedef struct {
    uint64_t hits;
    uint64_t self;        /* ticks while innermost */
    uint64_t self_cost;   /* ticks of self that events took */
    uint64_t nested;      /* ticks to add to self to have total, modulo 2**64: those in
                             callees, less those of inner instances in recursion */
    uint64_t nested_cost; /* the same of self_cost */
    uint64_t suspended;   /* ticks */
    call_edge *edges;     /* owned; the one used last comes first */
    uint32_t calling;     /* activations that are in a call made from the line */
    uint8_t kind;         /* what a hit costs: index of event_costs.hit */
} line_cell;

typedef struct {
    int first; /* line of cells[0], >= 0 */
    int count; /* > 0 */
    line_cell cells[];
} linetable;

/* All numbers zero, kinds as given, by line - first; NULL if memory is short or
   last < first. Memory is from `own`, and so it must be in the functions below;
   function: the owner, an identity. */
linetable *linetable_new(shard *own, const void *function, int first, int last,
                         const uint8_t *kinds);

void linetable_free(shard *own, linetable *table);

/* Zero all numbers; calls in progress stay. */
void linetable_clear(linetable *table);

/* Add the numbers of `from`, a table of the same lines; false if memory was short, and
   then none are added. No call may be in progress in `from`. */
bool linetable_merge(shard *own, linetable *into, const linetable *from);

/* NULL for a line outside the table. */
static inline line_cell *
linetable_cell(linetable *table, int line)
{
    unsigned int index = (unsigned int)line - (unsigned int)table->first;
    return index < (unsigned int)table->count ? &table->cells[index] : NULL;
}

/* The line of a cell. */
static inline int
linetable_line(const linetable *table, const line_cell *cell)
{
    return table->first + (int)(cell - table->cells);
}

/* Ticks of the line's outermost instances, and those of them that events took. */
static inline uint64_t
linetable_total(const line_cell *cell)
{
    return cell->self + cell->nested;
}

static inline uint64_t
linetable_total_cost(const line_cell *cell)
{
    return cell->self_cost + cell->nested_cost;
}

/* Edge to `callee`, made at need; NULL if memory is short. */
call_edge *linetable_edge(shard *own, line_cell *cell, const void *callee);

#endif
