#include "record/framemap.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_BITS 4

static size_t
frame_hash(const void *frame, int bits)
{
    return (size_t)(((uint64_t)(uintptr_t)frame * UINT64_C(0x9E3779B97F4A7C15)) >>
                    (64 - bits));
}

/* The slot of `frame`, or the free one where it belongs. */
static size_t
find_slot(const framemap *map, const void *frame)
{
    size_t mask = map->size - 1;
    assert(frame != NULL && map->count <= mask); /* some slot is free */
    size_t slot = frame_hash(frame, map->bits);
    while (map->items[slot].frame != NULL && map->items[slot].frame != frame) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

void
framemap_free(framemap *map)
{
    free(map->items);
    map->items = NULL;
    map->size = map->count = 0;
    map->bits = 0;
}

static bool
framemap_grow(framemap *map)
{
    framemap larger = {.bits = map->items == NULL ? FIRST_BITS : map->bits + 1,
                       .count = map->count};
    larger.size = (size_t)1 << larger.bits;
    larger.items = calloc(larger.size, sizeof(framemap_item));
    if (larger.items == NULL) {
        return false;
    }
    for (size_t i = 0; map->items != NULL && i < map->size; i++) {
        if (map->items[i].frame != NULL) {
            larger.items[find_slot(&larger, map->items[i].frame)] = map->items[i];
        }
    }
    free(map->items);
    *map = larger;
    return true;
}

uint32_t
framemap_put(framemap *map, framemap_item item)
{
    if (2 * (map->count + 1) > map->size) {
        if (!framemap_grow(map)) {
            return 0;
        }
    }
    size_t slot = find_slot(map, item.frame);
    if (map->items[slot].frame == NULL) {
        map->count++;
    }
    map->items[slot] = item;
    return (uint32_t)slot + 1;
}

framemap_item *
framemap_next(const framemap *map, size_t *slot)
{
    while (map->items != NULL && *slot < map->size) {
        framemap_item *item = &map->items[(*slot)++];
        if (item->frame != NULL) {
            return item;
        }
    }
    return NULL;
}

void
framemap_restart(framemap *map, uint64_t now)
{
    size_t slot = 0;
    framemap_item *item;
    while ((item = framemap_next(map, &slot)) != NULL) {
        item->left = now;
    }
}

framemap_item *
framemap_find(const framemap *map, const void *frame)
{
    if (map->count == 0) {
        return NULL;
    }
    framemap_item *item = &map->items[find_slot(map, frame)];
    return item->frame == NULL ? NULL : item;
}

bool
framemap_take(framemap *map, const void *frame, framemap_item *item)
{
    framemap_item *found = framemap_find(map, frame);
    if (found == NULL) {
        return false;
    }
    size_t mask = map->size - 1;
    size_t hole = (size_t)(found - map->items);
    *item = *found;
    map->count--;
    /* Linear probing without tombstones: move back whatever the hole would cut off
       from its home slot. */
    for (size_t next = (hole + 1) & mask; map->items[next].frame != NULL;
         next = (next + 1) & mask) {
        size_t home = frame_hash(map->items[next].frame, map->bits);
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            map->items[hole] = map->items[next];
            hole = next;
        }
    }
    map->items[hole].frame = NULL;
    return true;
}
