#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* clock_gettime under -std=c11 */
#endif

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#ifndef _WIN32
#include <pthread.h>
#endif

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#endif

#if defined(__x86_64__) && CLOCK_HAS_COUNTER
#include <cpuid.h>
#endif

#define NS_PER_S UINT64_C(1000000000)

/* A rate taken over less is worse than 1 in 10,000. */
#define SHORTEST_BASE_NS UINT64_C(1000000)

#ifdef _WIN32

static uint64_t
read_monotonic_ns(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&count);
    uint64_t ticks = (uint64_t)count.QuadPart, rate = (uint64_t)frequency.QuadPart;
    return ticks / rate * NS_PER_S + ticks % rate * NS_PER_S / rate;
}

static uint64_t
read_cpu_ns(void)
{
    FILETIME made, ended, kernel, user;
    if (!GetThreadTimes(GetCurrentThread(), &made, &ended, &kernel, &user)) {
        return 0;
    }
    uint64_t sum = ((uint64_t)kernel.dwHighDateTime << 32 | kernel.dwLowDateTime) +
                   ((uint64_t)user.dwHighDateTime << 32 | user.dwLowDateTime);
    return sum * 100;
}

static void
follow_forks(void)
{
}

uint64_t
clock_cpu_of_thread(unsigned long ident)
{
    (void)ident;
    return 0;
}

#else

static uint64_t
read_posix_ns(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint64_t
read_monotonic_ns(void)
{
    return read_posix_ns(CLOCK_MONOTONIC);
}

/* In the child of a fork the CPU clock begins again at 0. Our times go on. */
static _Thread_local uint64_t cpu_at_fork, cpu_before_fork;

static uint64_t
read_cpu_ns(void)
{
    return cpu_before_fork + read_posix_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void
before_fork(void)
{
    cpu_at_fork = read_cpu_ns();
}

static void
after_fork_in_child(void)
{
    cpu_before_fork = cpu_at_fork;
}

static void
register_handlers(void)
{
    (void)pthread_atfork(before_fork, NULL, after_fork_in_child);
}

static void
follow_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, register_handlers);
}

uint64_t
clock_cpu_of_thread(unsigned long ident)
{
#ifdef __APPLE__
    (void)ident; /* has no pthread_getcpuclockid() */
    return 0;
#else
    clockid_t id;
    return pthread_getcpuclockid((pthread_t)ident, &id) == 0 ? read_posix_ns(id) : 0;
#endif
}

#endif

uint64_t
clock_read_system(const clock_state *clock)
{
    return clock->kind == CLOCK_KIND_CPU ? read_cpu_ns() : read_monotonic_ns();
}

/* -- The choice ------------------------------------------------------------------- */

/* Read both clocks as one moment: the pair with the least time between two readings of
   the counter is the one nobody interrupted. Returns that time in ticks. */
static uint64_t
read_pair(uint64_t *ticks, uint64_t *ns)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 8; i++) {
        uint64_t before = clock_read_counter();
        uint64_t now = read_monotonic_ns();
        uint64_t width = clock_read_counter() - before;
        if (width < best) {
            best = width;
            *ticks = before + width / 2;
            *ns = now;
        }
    }
    return best;
}

#if defined(__x86_64__) && CLOCK_HAS_COUNTER

/* The processor says the TSC runs at one rate in every state (CPUID 80000007h,
   EDX bit 8; Intel SDM 18.17.1, AMD APM 3 E.4.6). */
static bool
counter_is_invariant(void)
{
    unsigned int eax, ebx, ecx, edx;
    if (!__get_cpuid(0x80000000u, &eax, &ebx, &ecx, &edx) || eax < 0x80000007u) {
        return false;
    }
    __cpuid(0x80000007u, eax, ebx, ecx, edx);
    return (edx & (1u << 8)) != 0;
}

#ifdef __linux__

/* Linux strikes the TSC off this list when it finds it unstable, or out of step between
   processors. */
#ifndef CLOCK_SOURCES_FILE
#define CLOCK_SOURCES_FILE                                                             \
    "/sys/devices/system/clocksource/clocksource0/available_clocksource"
#endif

#define CHECK_WINDOWS 3
#define MOST_DEVIATION                                                                 \
    1.001 /* a clock that is being adjusted deviates by half of that */
#define MOST_READING_NS 250 /* a call into the kernel takes longer */

/* Whether the counter runs as evenly as the system's clock, and that clock is read so
   fast that the kernel must rely on the counter for it. Takes some ms. */
static bool
counter_is_steady(void)
{
    uint64_t ticks = 0, ns = 0, width = read_pair(&ticks, &ns);
    double least = 0, greatest = 0; /* ticks per ns */
    for (int i = 0; i < CHECK_WINDOWS; i++) {
        uint64_t from_ticks = ticks, from_ns = ns;
        while (ns - from_ns < SHORTEST_BASE_NS) {
            uint64_t found = read_pair(&ticks, &ns);
            width = found < width ? found : width;
        }
        double rate = (double)(int64_t)(ticks - from_ticks) / (double)(ns - from_ns);
        least = i == 0 || rate < least ? rate : least;
        greatest = i == 0 || rate > greatest ? rate : greatest;
    }
    return least > 0 && greatest <= least * MOST_DEVIATION &&
           (double)width <= MOST_READING_NS * least;
}

static bool steady;

static void
check_steadiness(void)
{
    steady = counter_is_steady();
}

/* Containers and chroots may lack the list. */
static bool
counter_is_trusted(const char **reason)
{
    char sources[256] = "";
    FILE *file = fopen(CLOCK_SOURCES_FILE, "r");
    if (file == NULL) {
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        (void)pthread_once(&once, check_steadiness);
        *reason =
            steady ? "it agrees with the system's clock; the kernel's list of clocks "
                     "is not here"
                   : "the processor's counter does not agree with the system's "
                     "clock; the kernel's list of clocks is not here";
        return steady;
    }
    bool read = fgets(sources, sizeof(sources), file) != NULL;
    fclose(file);
    bool listed = read && strstr(sources, "tsc") != NULL;
    *reason = listed ? "the kernel relies on it"
                     : "the kernel does not rely on the processor's counter";
    return listed;
}

#else

static bool
counter_is_trusted(const char **reason)
{
    *reason = "the processor says that it is steady";
    return true;
}

#endif

static bool
counter_is_usable(const char **reason)
{
    if (!counter_is_invariant()) {
        *reason = "the processor's counter is not steady";
        return false;
    }
    return counter_is_trusted(reason);
}

#else

/* CNTVCT_EL0 is constant-rate and readable by definition of the architecture. */
static bool
counter_is_usable(const char **reason)
{
    *reason = CLOCK_HAS_COUNTER ? "" : "no counter of this processor is known";
    return CLOCK_HAS_COUNTER;
}

#endif

bool
clock_open(clock_state *clock, bool cpu)
{
    *clock = (clock_state){.reason = ""};
    if (cpu) {
        clock->kind = CLOCK_KIND_CPU;
        follow_forks();
        return read_cpu_ns() != 0;
    }
    clock->kind =
        counter_is_usable(&clock->reason) ? CLOCK_KIND_COUNTER : CLOCK_KIND_MONOTONIC;
    if (clock->kind == CLOCK_KIND_COUNTER) {
        (void)read_pair(&clock->start_ticks, &clock->start_ns);
    }
    return true;
}

const char *
clock_name(const clock_state *clock)
{
    switch (clock->kind) {
    case CLOCK_KIND_COUNTER:
#if defined(__x86_64__)
        return "tsc";
#else
        return "cntvct";
#endif
    case CLOCK_KIND_CPU:
        return "thread_cpu";
    default:
#ifdef _WIN32
        return "qpc";
#else
        return "monotonic";
#endif
    }
}

double
clock_tick(const clock_state *clock)
{
    if (clock->kind != CLOCK_KIND_COUNTER) {
        return 1e-9;
    }
    uint64_t ticks = clock->start_ticks, ns = clock->start_ns;
    while (ns - clock->start_ns < SHORTEST_BASE_NS || ticks <= clock->start_ticks) {
        (void)read_pair(&ticks, &ns);
    }
    return (double)(ns - clock->start_ns) / (double)(ticks - clock->start_ticks) * 1e-9;
}
