#include "base/pace.h"

#include "base/compat.h"

#define SHARE 0.75 /* of what slows the fixed piece of work down slows events down */

enum { STEPS = 300, ATTEMPTS = 2, WORDS = 256 };

/* Like an interpreter, it keeps several units of the processor busy at once: steps that
   do not wait for one another, with loads and stores. A chain of steps would measure
   the time of one unit, which nobody shares. */
static NOINLINE uint64_t
work(uint64_t *words)
{
    uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6;
    for (uint64_t i = 0; i < STEPS; i++) {
        a += i;
        b ^= i;
        c += words[i % WORDS];
        d += i << 1;
        e ^= words[i * 7 % WORDS];
        f += i ^ 3;
        words[i * 3 % WORDS] = d;
        if (i % 4 == 3) {
            a ^= 5;
        }
    }
    return a + b + c + d + e + f;
}

uint64_t
pace_measure(void)
{
    static uint64_t words[WORDS]; /* of all threads: what is in it does not matter */
    uint64_t least = CLOCK_HAS_COUNTER ? UINT64_MAX : 0;
    for (int i = 0; CLOCK_HAS_COUNTER && i < ATTEMPTS; i++) {
        uint64_t began = clock_read_counter();
        words[0] += work(words);
        uint64_t took = ticks_between(began, clock_read_counter());
        least = took < least ? took : least;
    }
    return least;
}

double
pace_ratio(uint64_t from, uint64_t to)
{
    double slower = (double)to / (double)from, faster = (double)from / (double)to;
    return slower > 1 ? 1 + SHARE * (slower - 1) : 1 / (1 + SHARE * (faster - 1));
}
