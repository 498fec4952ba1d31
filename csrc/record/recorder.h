/* What events mean: enter, line, leave -> numbers. The essay is in recorder.c. */

#ifndef LINEPROF_RECORD_RECORDER_H
#define LINEPROF_RECORD_RECORDER_H

#include "base/clock.h"
#include "base/pace.h"
#include "record/threads.h"
#include "base/timer.h"

typedef enum {
    EVENT_ENTER, /* of a frame that starts, if there is such an event */
    EVENT_LINE,
    EVENT_LEAVE, /* within the line that is left ... */
    EVENT_BACK,  /* ... and within the line below it, which goes on */
    EVENT_RESUME,
    EVENT_MADE, /* on top of the start of a generator's or coroutine's frame: making it
                   is no event */
    EVENT_RAISED, /* an exception event of the trace sources */
    EVENT_END,    /* in place of both, of a LEAVE_UNTRACED: no event; what it costs the
                     line that called */
    EVENT_KINDS,
} event_kind;

typedef enum {
    ENTER_START,  /* the frame begins */
    ENTER_RESUME, /* it comes back from a yield or await, by send or throw */
    ENTER_THROW,  /* an exception is thrown into a frame that never ran */
} enter_kind;

typedef enum {
    LEAVE_END,      /* return, or an exception leaves the frame */
    LEAVE_SUSPEND,  /* yield or await */
    LEAVE_UNTRACED, /* LEAVE_END without an event; the hit of a LINE_KIND_END has paid
                       what that costs inside the frame */
} leave_kind;

/* What events cost, in ticks. */
typedef struct {
    uint64_t event[EVENT_KINDS]; /* an event of each kind */
    uint64_t hit[LINE_KINDS];    /* a hit on top, by kind of the line */
} event_costs;

typedef struct {
    clock_state clock;
    timer_state timer; /* takes the place of the clock if it has a function */
    shard *shard;      /* owned; where numbers are kept; NULL: on the heap */
    uint64_t forked;   /* moment of the fork that is under way, ticks */
    registry registry;
    thread_list threads;
    framemap suspended;     /* frames that left by yield or await */
    event_costs costs;      /* at the pace of now */
    event_costs calibrated; /* at the pace ... */
    uint64_t pace;          /* ... of this, see pace.h; 0: it is not followed */
    pace_things pace_things;
    double relative_pace; /* of now, over that; > 1: slower */
    uint64_t pace_due;    /* ticks; when the pace is to be measured again */
    bool short_of_memory; /* an event was dropped */
#ifndef NDEBUG
    uint64_t check_after; /* steps saved up until recorder_check() walks */
#endif
} recorder;

/* 0, or -1 with an exception set and nothing to free. `timer` may be NULL;
   next_key as in thread_list. */
int recorder_init(recorder *rec, bool cpu, PyObject *timer, uint64_t *next_key);

/* The source must have stopped on all threads. */
void recorder_free(recorder *rec);

NOINLINE uint64_t recorder_now_slowly(recorder *rec);

/* Set what events cost. `pace`: what pace_measure() said then; 0 if the costs are the
   same at any pace. */
void recorder_set_costs(recorder *rec, const event_costs *costs, uint64_t pace);

/* Measure the pace anew: the costs follow. What that takes is a cost of the thread's
   open line. */
NOINLINE void recorder_follow_pace(recorder *rec, thread_record *thread);

/* The moment of an event: to be read first thing. May run Python code if there
   is a timer; never raises. */
static inline uint64_t
recorder_now(recorder *rec)
{
    if (CLOCK_HAS_COUNTER && LIKELY(rec->clock.kind == CLOCK_KIND_COUNTER)) {
        return clock_read_counter();
    }
    return recorder_now_slowly(rec);
}

/* Whether that is all that reading the clock is. */
static inline bool
recorder_reads_counter(const recorder *rec)
{
    return CLOCK_HAS_COUNTER && rec->clock.kind == CLOCK_KIND_COUNTER;
}

/* Whether that may have run Python code, which may have done anything: closed the
   profiler, too. */
static inline bool
recorder_now_ran_python(const recorder *rec)
{
    return UNLIKELY(rec->clock.kind != CLOCK_KIND_COUNTER) &&
           rec->timer.function != NULL;
}

/* -- A line of the running frame: the one event worth inlining ------------------- */

/* The calling thread's record; NULL if memory is short. */
static inline thread_record *
recorder_thread(recorder *rec)
{
    thread_record *thread = threads_current(&rec->threads);
    if (UNLIKELY(thread == NULL)) {
        rec->short_of_memory = true;
    }
    return thread;
}

/* The top activation has its first line only now. The time since the thread's last
   event, most of it ours, is that of the line that called it. */
void recorder_begin(thread_record *thread, uint64_t time, uint64_t cost, uint64_t now);

/* Time and cost that a line was given as its own are part of a call made from an outer
   instance of it, if there is one. */
static inline void
recorder_not_nested(line_cell *cell, uint64_t time, uint64_t cost)
{
    if (UNLIKELY(cell->calling != 0)) {
        cell->nested -= time;
        cell->nested_cost -= cost;
    }
}

/* Charge the time since the thread's last event to its innermost line, `cell`. */
static inline void
recorder_charge_line(thread_record *thread, line_cell *cell, uint64_t now,
                     uint64_t cost)
{
    assert(cell == thread->top->cell);
    uint64_t time = ticks_between(thread->last, now);
    thread->cost += cost;
    cell->self += time;
    cell->self_cost += cost;
    recorder_not_nested(cell, time, cost);
    thread->last = now;
}

/* The same, if there is such a line. */
static inline void
recorder_charge(thread_record *thread, uint64_t now, uint64_t cost)
{
    line_cell *cell = thread->top->cell;
    if (LIKELY(cell != NULL)) {
        recorder_charge_line(thread, cell, now, cost);
    }
    else {
        thread->cost += cost;
        recorder_begin(thread, ticks_between(thread->last, now), cost, now);
        thread->last = now;
    }
}

/* Charge cost alone to a line of the thread. */
static inline void
recorder_charge_cost(thread_record *thread, line_cell *cell, uint64_t cost)
{
    thread->cost += cost;
    cell->self_cost += cost;
    recorder_not_nested(cell, 0, cost);
}

/* A call has been left: charge what falls to the line that made it. */
static inline void
recorder_charge_back(const recorder *rec, thread_record *thread, event_kind kind)
{
    line_cell *cell = thread->top->cell;
    if (LIKELY(cell != NULL)) {
        recorder_charge_cost(thread, cell, rec->costs.event[kind]);
    }
}

/* What the event that tells of the start of a frame costs the line that called it. */
static inline uint64_t
recorder_start_cost(const recorder *rec, event_kind kind, const code_info *info)
{
    uint64_t made = UNLIKELY(info->resumable) ? rec->costs.event[EVENT_MADE] : 0;
    return rec->costs.event[kind] + made;
}

/* Arrive at a line in the top activation. */
static inline void
recorder_open_line(recorder *rec, thread_record *thread, int line)
{
    activation *act = thread->top;
    assert(act > thread->stack && act < thread->limit);
    line_cell *cell = linetable_cell(act->lines, line);
    act->cell = cell;
    if (LIKELY(cell != NULL)) {
        cell->hits++;
        recorder_charge_cost(thread, cell, rec->costs.hit[cell->kind]);
    }
}

/* The common case of recorder_line(), for which the code object need not be known: the
   frame is the one that was running. Its activation; otherwise NULL, and nothing is
   done. */
static inline const activation *
recorder_line_on_top(recorder *rec, const void *frame, int line, uint64_t now)
{
    thread_record *thread = recorder_thread(rec);
    if (UNLIKELY(thread == NULL || thread->top->frame != frame)) {
        return NULL;
    }
    recorder_charge(thread, now, rec->costs.event[EVENT_LINE]);
    recorder_open_line(rec, thread, line);
    if (UNLIKELY(now >= rec->pace_due)) {
        recorder_follow_pace(rec, thread);
    }
    return thread->top;
}

/* -- Events ----------------------------------------------------------------------- */

/* The three calls every event source makes. `frame` is an identity of the frame,
   the same in all calls for it; code that is not measured is ignored, and its entry
   NULL. They never
   raise, never run Python, and allocate only on the first visit of a place. */
const registry_entry *recorder_enter(recorder *rec, PyCodeObject *code,
                                     const void *frame, enter_kind kind, uint64_t now);
void recorder_line(recorder *rec, PyCodeObject *code, const void *frame, int line,
                   uint64_t now);
void recorder_leave(recorder *rec, PyCodeObject *code, const void *frame,
                    leave_kind kind, uint64_t now);

/* An event that is none of these took its time within the open line of `frame`. */
void recorder_aside(recorder *rec, const void *frame, event_kind kind, uint64_t now);

/* recorder_line() for a frame that is not on top, from a source that does not tell of
   the start of frames whose code has a first_offset: arriving there, it starts. */
void recorder_line_below(recorder *rec, PyCodeObject *code, const void *frame, int line,
                         int offset, uint64_t now);

/* Whether a code object is measured now: the answer is cached per thread. */
bool recorder_measures(recorder *rec, PyCodeObject *code);

/* For a source that sees single instructions: one of a line (0: none) is executed that
   is no arrival, whatever came before. */
void recorder_set_at(recorder *rec, const void *frame, int line);

/* recorder_arrive() for frames that are not on top. */
void recorder_arrive_below(recorder *rec, PyCodeObject *code, const void *frame,
                           int line, uint64_t now);

/* As recorder_set_at(), but an arrival unless the instruction executed last in the
   frame had that line already. */
static inline void
recorder_arrive(recorder *rec, PyCodeObject *code, const void *frame, int line,
                uint64_t now)
{
    thread_record *thread = recorder_thread(rec);
    if (UNLIKELY(thread == NULL || thread->top->frame != frame)) {
        recorder_arrive_below(rec, code, frame, line, now);
    }
    else if (thread->top->at != line) {
        thread->top->at = line;
        recorder_charge(thread, now, rec->costs.event[EVENT_LINE]);
        recorder_open_line(rec, thread, line);
    }
}

/* -- Is it whole? ------------------------------------------------------------------ */

/* Builds with assertions ask after each change: recorder_check.c. */
#ifdef NDEBUG

static inline void
recorder_check(recorder *Py_UNUSED(rec))
{
}

#else

/* Walk the whole state and abort if an invariant does not hold. Most calls return at
   once: a walk takes its turn when as many changes were made as the last walk had
   steps, so that checking costs each change the same, however much there is. */
void recorder_check(recorder *rec);

/* The walk, now. */
void recorder_check_now(recorder *rec);

#endif

/* Raise what went wrong in events since the last call: 0, or -1 with an exception
   set. */
int recorder_report(recorder *rec);

#endif
