/* Where suspended frames left off: frame -> line and time. No Python.

   The key is the frame's address, which a generator keeps for life. An abandoned
   generator leaves its item behind until the address is used again, so the map never
   holds more items than generators were alive at once. Greenlets, which suspend whole
   stacks, have maps of their own.

   A frame that comes back keeps its place until it ends, so that a generator takes one
   slot for all its rounds. The number of a slot, from 1 on, finds the frame again
   without a search, as long as the map has not moved it: framemap_at(). */

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
    bool away;          /* false: it has come back, and only its place is kept */
} framemap_item;

typedef struct {
    framemap_item *items; /* owned; NULL while empty */
    size_t size;          /* of items: 2**bits, or 0 */
    size_t count;
    int bits;
} framemap;

void framemap_free(framemap *map);

/* Remember or replace: the number of its slot; 0 if memory is short. */
uint32_t framemap_put(framemap *map, framemap_item item);

/* The number of an item's slot. */
static inline uint32_t
framemap_slot(const framemap *map, const framemap_item *item)
{
    return (uint32_t)(item - map->items) + 1;
}

/* The item of a frame if it is in the slot of this number, otherwise NULL. */
static inline framemap_item *
framemap_at(const framemap *map, uint32_t slot, const void *frame)
{
    size_t index = (size_t)slot - 1;
    if (index >= map->size || map->items[index].frame != frame) {
        return NULL;
    }
    return &map->items[index];
}

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
