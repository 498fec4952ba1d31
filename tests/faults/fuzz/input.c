#include "input.h"

int fuzz_allocations_left = -1;

static bool
memory_is_short(void)
{
    return fuzz_allocations_left >= 0 && fuzz_allocations_left-- == 0;
}

void *
fuzz_calloc(size_t count, size_t size)
{
    return memory_is_short() ? NULL : calloc(count, size);
}

void *
fuzz_realloc(void *old, size_t size)
{
    return memory_is_short() ? NULL : realloc(old, size);
}
