/* The clock: cheap ticks now, seconds later.

   Ticks are read at every event, and turned into seconds when numbers are read. So the
   counter of the processor can be used as it is. No Python. */

#ifndef LINEPROF_BASE_CLOCK_H
#define LINEPROF_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#include <x86intrin.h>
#define CLOCK_HAS_COUNTER 1
#elif defined(__aarch64__) && (defined(__GNUC__) || defined(__clang__))
#define CLOCK_HAS_COUNTER 1
#else
#define CLOCK_HAS_COUNTER 0
#endif

typedef enum {
    CLOCK_KIND_COUNTER,   /* TSC or CNTVCT */
    CLOCK_KIND_MONOTONIC, /* clock_gettime, or QueryPerformanceCounter */
    CLOCK_KIND_CPU,       /* CPU time of the calling thread */
} clock_kind;

typedef struct {
    clock_kind kind;
    const char
        *reason; /* borrowed; why this one, one clause; "" if there is no choice */
    uint64_t start_ticks; /* the same moment, on this clock ... */
    uint64_t start_ns;    /* ... and on the monotonic one, ns */
} clock_state;

/* Choose the cheapest clock that can be trusted; `cpu`: thread CPU time.
   false if the system has no such clock. */
bool clock_open(clock_state *clock, bool cpu);

/* What is read: "tsc", "cntvct", "monotonic", "qpc" or "thread_cpu". */
const char *clock_name(const clock_state *clock);

/* Seconds per tick. A counter's rate is measured against the monotonic clock, from
   clock_open() until now. Within the first millisecond this waits for its end. */
double clock_tick(const clock_state *clock);

/* CPU time of another live thread, in ns; 0 where the system does not tell. */
uint64_t clock_cpu_of_thread(unsigned long ident);

/* A clock that is not the processor's counter. */
uint64_t clock_read_system(const clock_state *clock);

static inline uint64_t
clock_read_counter(void)
{
#if defined(__x86_64__) && CLOCK_HAS_COUNTER
    return __rdtsc();
#elif CLOCK_HAS_COUNTER
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return 0;
#endif
}

static inline uint64_t
clock_now(const clock_state *clock)
{
    if (CLOCK_HAS_COUNTER && clock->kind == CLOCK_KIND_COUNTER) {
        return clock_read_counter();
    }
    return clock_read_system(clock);
}

/* Never negative: counters of different processors may differ by some ticks, and a
   timer may run backwards. */
static inline uint64_t
ticks_between(uint64_t from, uint64_t to)
{
    return to - (from < to ? from : to);
}

#endif
