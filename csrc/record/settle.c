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

void
settle_clear(recorder *rec, uint64_t now)
{
    settle_all(rec, now);
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
