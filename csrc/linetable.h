/* Numbers of the lines of one function on one thread. No Python.

   A dense array, one cell a line: `line - first` is the index, so an event never
   searches. Calls made from a line hang off its cell. */

#ifndef LINEPROF_LINETABLE_H
#define LINEPROF_LINETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Calls of one callee from one line. */
typedef struct call_edge {
    struct call_edge *next; /* owned */
    const void *callee;     /* borrowed; an identity */
    uint64_t calls;
    uint64_t total; /* ticks, outermost instances */
    uint64_t cost;  /* ticks of total that events took */
    uint32_t open;  /* activations that came by it and have not left */
} call_edge;

typedef struct {
    uint64_t hits;
    uint64_t total;      /* ticks, outermost instances */
    uint64_t self;       /* ticks while innermost */
    uint64_t suspended;  /* ticks */
    uint64_t total_cost; /* ticks of total that events took */
    uint64_t self_cost;  /* ticks of self that events took */
    call_edge *edges;    /* owned; the one used last comes first */
    uint32_t open;       /* activations that have the line open */
} line_cell;

typedef struct {
    int first; /* line of cells[0], >= 0 */
    int count; /* > 0 */
    line_cell cells[];
} linetable;

/* All zero; NULL if memory is short or last < first. */
linetable *
linetable_new(int first, int last);

void
linetable_free(linetable *table);

/* Zero all numbers but what is open now. */
void
linetable_clear(linetable *table);

/* Add the numbers of `from`, a table of the same lines; false if memory was
   short, with some edges left out. Nothing may be open in `from`. */
bool
linetable_merge(linetable *into, const linetable *from);

/* NULL for a line outside the table. */
static inline line_cell *
linetable_cell(linetable *table, int line)
{
    unsigned int index = (unsigned int)line - (unsigned int)table->first;
    return index < (unsigned int)table->count ? &table->cells[index] : NULL;
}

/* Edge to `callee`, made at need; NULL if memory is short. */
call_edge *
linetable_edge(line_cell *cell, const void *callee);

#endif
