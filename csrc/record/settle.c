#include "record/settle.h"

#include "record/stack.h"

void
settle_out(thread_record *thread, uint64_t now)
{
    recorder_charge(thread, now, 0);
    while (thread->top > thread->stack) {
        stack_close(thread, now);
    }
}

bool
settle_in(recorder *rec, thread_record *thread, const activation *act, uint64_t now)
{
    if (thread->top + 1 == thread->limit && !thread_grow_stack(thread)) {
        rec->short_of_memory = true;
        return false;
    }
    *++thread->top = *act;
    stack_open(thread, now);
    return true;
}

/* Now, on the thread's own clock, which is another one for CPU time; never before the
   thread's last event. */
static uint64_t
thread_now(recorder *rec, thread_record *thread, uint64_t now)
{
    if (thread->ended) {
        return thread->last;
    }
    if (rec->timer.function == NULL && rec->clock.kind == CLOCK_KIND_CPU &&
        thread->ident != PyThread_get_thread_ident()) {
        now = clock_cpu_of_thread(thread->ident);
    }
    return now > thread->last ? now : thread->last;
}

/* Close everything on the thread's stack and open again what is still measured. */
static void
settle_thread(thread_record *thread, uint64_t now)
{
    activation *last = thread->top;
    settle_out(thread, now);
    for (activation *act = thread->stack + 1; act <= last; act++) {
        if (!thread_leaves_out(act->function->entry, thread->top - thread->stack)) {
            *++thread->top = *act;
            stack_open(thread, now);
        }
    }
    thread_drop_parked(thread);
}

void
settle_all(recorder *rec, uint64_t now)
{
    threads_mark_ended(&rec->threads);
    for (thread_record *thread = rec->threads.first; thread; thread = thread->next) {
        settle_thread(thread, thread_now(rec, thread, now));
    }
    recorder_check(rec);
}

/* Zero all numbers of what was settled `now`. */
static void
clear_numbers(recorder *rec, uint64_t now)
{
    for (thread_record *thread = rec->threads.first; thread; thread = thread->next) {
        for (Py_ssize_t i = 0; i < thread->room; i++) {
            function_record *function = thread->functions[i];
            if (function != NULL) {
                function->calls = function->total = function->cost = 0;
                linetable_clear(function->lines);
            }
        }
        framemap_restart(&thread->parked, now);
    }
    framemap_restart(&rec->suspended, now);
    recorder_check(rec);
}

void
settle_clear(recorder *rec, uint64_t now)
{
    settle_all(rec, now);
    clear_numbers(rec, now);
}

/* The record of the calling thread, NULL if it has none. */
static thread_record *
find_own_thread(recorder *rec)
{
    const PyThreadState *state = compat_thread_state();
    thread_record *thread = rec->threads.first;
    while (thread != NULL && (state == NULL || thread->state_id != state->id)) {
        thread = thread->next;
    }
    return thread;
}

/* A timer is not asked: it would run Python. */
static void
before_fork(void *context)
{
    recorder *rec = context;
    const thread_record *thread = find_own_thread(rec);
    rec->forked = thread == NULL ? 0 : thread->last;
    if (rec->timer.function == NULL) {
        rec->forked = clock_now(&rec->clock);
    }
}

static void
in_child(void *context)
{
    recorder *rec = context;
    const thread_record *own = find_own_thread(rec);
    for (thread_record *thread = rec->threads.first; thread; thread = thread->next) {
        if (thread == own) {
            settle_thread(thread,
                          rec->forked > thread->last ? rec->forked : thread->last);
            continue;
        }
        while (thread->top > thread->stack) {
            stack_close(thread, thread->last);
        }
        thread->ended = true;
    }
    clear_numbers(rec, rec->forked);
    shard_header *header = shard_head(rec->shard);
    if (header->start_ticks != 0) {
        header->start_ticks = clock_now(&rec->clock);
    }
}

int
settle_open_shard(recorder *rec, const char *path)
{
    shard_fork_hooks hooks = {
        .before = before_fork, .in_child = in_child, .context = rec};
    shard *own = shard_open(path, &hooks);
    if (own == NULL) {
        return -1;
    }
    const clock_state *clock = &rec->clock;
    bool timed = rec->timer.function != NULL;
    shard_header *header = shard_head(own);
    header->layout = SETTLE_LAYOUT;
    header->clock_ticks = clock->start_ticks;
    header->clock_ns = clock->start_ns;
    header->clock_kind = clock->kind;
    header->tick = timed ? 1e-9 : clock_tick(clock);
    if (!timed && clock->kind != CLOCK_KIND_CPU) {
        header->start_ticks = clock_now(clock);
    }
    rec->shard = rec->threads.shard = own;
    return 0;
}
