/* framemap.c against a model that searches a plain array. */

#include "input.h"

#include "record/framemap.h"

#include <string.h>

#define FRAMES 96

static framemap_item model[FRAMES]; /* frame NULL: not in the map */

/* Addresses as frames have them, some of which share a slot: neighbours, strides of
   a page, and multiples of the inverse of the hash's factor, which fill a row of
   slots. */
static const void *
frame_at(unsigned index)
{
    static const uint64_t inverse = UINT64_C(0xF1DE83E19937733D);
    uint64_t step = 1 + index / 3;
    switch (index % 3) {
    case 0:
        return (const void *)(uintptr_t)(UINT64_C(0x7F0000000000) + 16 * step);
    case 1:
        return (const void *)(uintptr_t)(UINT64_C(0x7F0000000000) + 4096 * step);
    default:
        return (const void *)(uintptr_t)(inverse * step);
    }
}

static void
put(framemap *map, fuzz_input *input, unsigned index)
{
    uint32_t word = input_word(input);
    framemap_item item = {.frame = frame_at(index),
                          .function = &model[word % FRAMES],
                          .left = word,
                          .line = (int)(word >> 8)};
    bool limited = fuzz_allocations_left == 0;
    bool kept = framemap_put(map, item);
    CHECK(kept || limited);
    if (kept) {
        model[index] = item;
    }
}

static void
take(framemap *map, unsigned index)
{
    framemap_item item;
    bool found = framemap_take(map, frame_at(index), &item);
    CHECK(found == (model[index].frame != NULL));
    if (found) {
        CHECK(item.frame == model[index].frame);
        CHECK(item.function == model[index].function);
        CHECK(item.left == model[index].left);
        CHECK(item.line == model[index].line);
        model[index].frame = NULL;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = {data, size};
    framemap map = {.items = NULL};
    fuzz_allocations_left = -1;
    memset(model, 0, sizeof(model));
    while (input.left > 0) {
        unsigned action = input_below(&input, 32);
        unsigned index = input_below(&input, FRAMES);
        if (action == 0) {
            uint64_t now = input_word(&input);
            framemap_restart(&map, now);
            for (int i = 0; i < FRAMES; i++) {
                model[i].left = now;
            }
        }
        else if (action == 1) {
            fuzz_allocations_left = (int)input_below(&input, 3);
        }
        else if (action == 2 && index % 16 == 0) {
            framemap_free(&map);
            memset(model, 0, sizeof(model));
        }
        else if (action < 20) {
            put(&map, &input, index);
        }
        else {
            take(&map, index);
        }
        size_t count = 0;
        for (int i = 0; i < FRAMES; i++) {
            count += model[i].frame != NULL;
        }
        CHECK(map.count == count);
    }
    for (unsigned i = 0; i < FRAMES; i++) {
        take(&map, i);
    }
    CHECK(map.count == 0);
    framemap_free(&map);
    CHECK(fuzz_blocks == 0);
    return 0;
}
