/* The bytes of one fuzzer input, and memory that runs out when they say so. */

#ifndef LINEPROF_FUZZ_INPUT_H
#define LINEPROF_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A failed check ends the process, as a sanitizer's find does. */
#define CHECK(condition)                                                               \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
            abort();                                                                   \
        }                                                                              \
    } while (0)

typedef struct {
    const uint8_t *at;
    size_t left;
} fuzz_input;

/* The next byte; 0 after the end. */
static inline uint8_t
input_byte(fuzz_input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->at++;
}

/* A number below `limit`, which is at most 256. */
static inline unsigned
input_below(fuzz_input *input, unsigned limit)
{
    return input_byte(input) % limit;
}

static inline uint32_t
input_word(fuzz_input *input)
{
    uint32_t word = 0;
    for (int i = 0; i < 4; i++) {
        word = word << 8 | input_byte(input);
    }
    return word;
}

/* Allocations that succeed before one fails; < 0: all do. */
extern int fuzz_allocations_left;

/* Blocks allocated and not freed. */
extern long fuzz_blocks;

/* What malloc() and so on are called in code under test (see ../fuzzing.py). */
void *fuzz_malloc(size_t size);
void *fuzz_calloc(size_t count, size_t size);
void *fuzz_realloc(void *old, size_t size);
void fuzz_free(void *block);

#endif
