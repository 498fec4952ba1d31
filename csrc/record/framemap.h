/* Where suspended frames left off: frame -> line and time. No Python.

   The key is the frame's address, which a generator keeps for life. An abandoned
   generator leaves its item behind until the address is used again, so the map never
   holds more items than generators were alive at once. Greenlets, which suspend whole
   stacks, have maps of their own. */

#ifndef LINEPROF_RECORD_FRAMEMAP_H
#define LINEPROF_RECORD_FRAMEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const void *frame; /* identity; NULL: a free slot */
    union {
        const void *function; /* identity of its registry entry */
        void *stack;          /* of a greenlet: owned by whoever has the map */
    };
    const void *thread; /* identity of its record: which clock `left` is of */
    uint64_t left;      /* ticks when it was suspended */
    int line;           /* where */
} framemap_item;

typedef struct {
    framemap_item *items; /* owned; size 2**bits, or NULL while empty */
    size_t count;
    int bits;
} framemap;

void framemap_free(framemap *map);

/* Remember or replace; false if memory is short. */
bool framemap_put(framemap *map, framemap_item item);

/* Set the moment of leaving of all items. */
void framemap_restart(framemap *map, uint64_t now);

/* The first item at or behind `*slot`, which is moved behind it; NULL if there is none.
   Begins with a slot of 0. */
framemap_item *framemap_next(const framemap *map, size_t *slot);

/* The item of a frame; NULL if it is not there. Until the next change. */
framemap_item *framemap_find(const framemap *map, const void *frame);

/* Find and remove; false if the frame is not there. */
bool framemap_take(framemap *map, const void *frame, framemap_item *item);

#endif
