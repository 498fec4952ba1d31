/* Which code objects are watched: code object -> entry.

   The only holder of references to code objects. An entry is never removed while
   the profiler lives, so its address is the identity of a function everywhere
   else, and no code object's address can be used again by another. */

#ifndef LINEPROF_CODE_REGISTRY_H
#define LINEPROF_CODE_REGISTRY_H

#include "code/code_info.h"

typedef struct {
    PyCodeObject *code;          /* owned */
    code_info info;              /* owned */
    Py_ssize_t index;            /* in registry.entries */
    bool watched;                /* measured while the profiler is started */
    bool always;                 /* measured whether it is started or not */
    bool active;                 /* is measured now ... */
    bool beneath;                /* ... but only beneath a call that is measured */
    bool keeps_opcodes;          /* see tool_keep_opcodes() */
    struct long_code *long_code; /* owned, one block; NULL for nearly all: see
                                    monitor/long_code.h */
} registry_entry;

typedef struct {
    registry_entry **entries; /* owned, in order of arrival */
    Py_ssize_t count, room;
    registry_entry **slots; /* hash table by code address, borrowed; size 2**bits */
    int bits;
} registry;

/* 0, or -1 with MemoryError set. */
int registry_init(registry *reg);

void registry_free(registry *reg);

/* Entry of a code object, made at need; NULL with an exception set. */
registry_entry *registry_add(registry *reg, PyCodeObject *code);

static inline size_t
registry_hash(const void *address, int bits)
{
    /* Fibonacci hashing: the high bits of the product are well mixed. */
    return (size_t)(((uint64_t)(uintptr_t)address * UINT64_C(0x9E3779B97F4A7C15)) >>
                    (64 - bits));
}

/* NULL if the code object was never added. */
static inline registry_entry *
registry_find(const registry *reg, const PyCodeObject *code)
{
    size_t mask = ((size_t)1 << reg->bits) - 1;
    for (size_t slot = registry_hash(code, reg->bits);; slot = (slot + 1) & mask) {
        registry_entry *entry = reg->slots[slot];
        if (entry == NULL || entry->code == code) {
            return entry;
        }
    }
}

int registry_traverse(registry *reg, visitproc visit, void *arg);

#endif
