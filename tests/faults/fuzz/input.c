#include "input.h"

int fuzz_allocations_left = -1;
long fuzz_blocks = 0;

static bool
memory_is_short(void)
{
    return fuzz_allocations_left >= 0 && fuzz_allocations_left-- == 0;
}

static void *
counted(void *block)
{
    fuzz_blocks += block != NULL;
    return block;
}

void *
fuzz_malloc(size_t size)
{
    return memory_is_short() ? NULL : counted(malloc(size));
}

void *
fuzz_calloc(size_t count, size_t size)
{
    return memory_is_short() ? NULL : counted(calloc(count, size));
}

void *
fuzz_realloc(void *old, size_t size)
{
    if (memory_is_short()) {
        return NULL;
    }
    void *block = realloc(old, size);
    return old == NULL ? counted(block) : block;
}

void
fuzz_free(void *block)
{
    fuzz_blocks -= block != NULL;
    free(block);
}
