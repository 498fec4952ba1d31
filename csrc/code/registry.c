#include "code/registry.h"

#include <assert.h>

#define FIRST_BITS 4

int
registry_init(registry *reg)
{
    reg->entries = NULL;
    reg->count = reg->room = 0;
    reg->bits = FIRST_BITS;
    reg->slots = PyMem_Calloc((size_t)1 << FIRST_BITS, sizeof(registry_entry *));
    if (reg->slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

void
registry_free(registry *reg)
{
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        registry_entry *entry = reg->entries[i];
        code_info_free(&entry->info);
        PyMem_Free(entry->long_code);
        Py_DECREF(entry->code);
        PyMem_Free(entry);
    }
    PyMem_Free(reg->entries);
    PyMem_Free(reg->slots);
    reg->entries = reg->slots = NULL;
    reg->count = reg->room = 0;
}

static void
slots_put(registry_entry **slots, int bits, registry_entry *entry)
{
    size_t mask = ((size_t)1 << bits) - 1;
    assert(entry->index <= (Py_ssize_t)mask / 2); /* some slot is free */
    size_t slot = registry_hash(entry->code, bits);
    while (slots[slot] != NULL) {
        slot = (slot + 1) & mask;
    }
    slots[slot] = entry;
}

/* Room for one more entry, the hash table at most half full. */
static int
registry_grow(registry *reg)
{
    if (reg->count == reg->room) {
        Py_ssize_t room = reg->room ? 2 * reg->room : 8;
        registry_entry **entries =
            PyMem_Realloc(reg->entries, (size_t)room * sizeof(registry_entry *));
        if (entries == NULL) {
            return -1;
        }
        reg->entries = entries;
        reg->room = room;
    }
    if (2 * (reg->count + 1) > (Py_ssize_t)1 << reg->bits) {
        int bits = reg->bits + 1;
        registry_entry **slots =
            PyMem_Calloc((size_t)1 << bits, sizeof(registry_entry *));
        if (slots == NULL) {
            return -1;
        }
        for (Py_ssize_t i = 0; i < reg->count; i++) {
            slots_put(slots, bits, reg->entries[i]);
        }
        PyMem_Free(reg->slots);
        reg->slots = slots;
        reg->bits = bits;
    }
    return 0;
}

registry_entry *
registry_add(registry *reg, PyCodeObject *code)
{
    registry_entry *entry = registry_find(reg, code);
    if (entry != NULL) {
        return entry;
    }
    entry = PyMem_Calloc(1, sizeof(registry_entry));
    if (entry == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (code_info_scan(code, &entry->info) < 0) {
        PyMem_Free(entry);
        return NULL;
    }
    if (registry_grow(reg) < 0) {
        code_info_free(&entry->info);
        PyMem_Free(entry);
        PyErr_NoMemory();
        return NULL;
    }
    entry->code = (PyCodeObject *)Py_NewRef(code);
    entry->index = reg->count;
    reg->entries[reg->count++] = entry;
    slots_put(reg->slots, reg->bits, entry);
    return entry;
}

int
registry_traverse(registry *reg, visitproc visit, void *arg)
{
    for (Py_ssize_t i = 0; i < reg->count; i++) {
        Py_VISIT(reg->entries[i]->code);
    }
    return 0;
}
