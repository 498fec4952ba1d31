/* A fast path for the events that come often.

   From one event to the next little changes: the same thread runs the same frame, or
   one that its open line has called before. Each function here checks that, and then
   does the whole event with what is at hand, without a search or a hash. Otherwise it
   changes nothing and returns false, and the caller takes the general way (recorder.h).
   Both ways give the same numbers.

       thread         thread_list.latest, if its state is the one that runs
       frame          the top activation's; or a new one, of a function that the open
                      line has called: the edge knows the function's record
       resumed frame  in the slot of recorder.suspended that the edge remembers
       line           activation.lines, an array

   Only for recorders that read the processor's counter (recorder_reads_counter()): no
   Python code can run between the reading and the event. */

#ifndef LINEPROF_RECORD_FAST_H
#define LINEPROF_RECORD_FAST_H

#include "record/recorder.h"

/* The calling thread's record, if it is the one that had the last event; else NULL. */
static inline thread_record *
fast_thread(const recorder *rec, const PyThreadState *state)
{
    thread_record *thread = rec->threads.latest;
    return LIKELY(thread->state_id == state->id) ? thread : NULL;
}

/* The top activation of a thread if it is that of the frame that runs and has a line
   open; else NULL. */
static inline activation *
fast_top(const thread_record *thread, const void *frame)
{
    activation *act = thread->top;
    bool usual = act->frame == frame && act->cell != NULL;
    return LIKELY(usual) ? act : NULL;
}

/* recorder_line() in the top activation, whose open line is charged. */
static inline bool
fast_line(const recorder *rec, thread_record *thread, const void *frame, int line,
          uint64_t now)
{
    activation *act = fast_top(thread, frame);
    line_cell *next = act == NULL ? NULL : linetable_cell(act->lines, line);
    if (UNLIKELY(next == NULL)) {
        return false;
    }
    line_cell *left = act->cell;
    uint64_t time = ticks_between(thread->last, now);
    uint64_t cost = rec->costs.event[EVENT_LINE], hit_cost = rec->costs.hit[next->kind];
    thread->last = now;
    thread->cost += cost + hit_cost;
    act->cell = next;
    left->self += time;
    left->self_cost += cost;
    next->hits++;
    next->self_cost += hit_cost;
    if (UNLIKELY((left->calling | next->calling) != 0)) {
        recorder_not_nested(left, time, cost);
        recorder_not_nested(next, 0, hit_cost);
    }
    return true;
}

/* The edge from a line to a function that is measured now, if it is one of the two that
   the line called last; else NULL. */
static inline call_edge *
fast_edge(const line_cell *cell, const PyCodeObject *code)
{
    call_edge *edge = cell->edges;
    if (UNLIKELY(edge == NULL)) {
        return NULL;
    }
    if (UNLIKELY(edge->code != code)) {
        edge = edge->next;
        if (edge == NULL || edge->code != code) {
            return NULL;
        }
    }
    const function_record *function = edge->function;
    return LIKELY(function->entry->active) ? edge : NULL;
}

/* A new top, entered now from the open line `cell` below; there is room for it. */
static inline activation *
fast_push(thread_record *thread, line_cell *cell, call_edge *edge, const void *frame,
          uint64_t now)
{
    function_record *function = edge->function;
    activation *act = ++thread->top;
    *act = (activation){.frame = frame,
                        .function = function,
                        .lines = function->lines,
                        .edge = edge,
                        .entered = now,
                        .entered_cost = thread->cost};
    cell->calling++;
    function->open++;
    edge->open++;
    return act;
}

/* recorder_line_below(): the first line of a frame that the open line calls. */
static inline bool
fast_first_line(const recorder *rec, thread_record *thread, const PyCodeObject *code,
                const void *frame, int line, uint64_t now)
{
    line_cell *cell = thread->top->cell;
    call_edge *edge = cell == NULL ? NULL : fast_edge(cell, code);
    if (UNLIKELY(edge == NULL || thread->top + 1 == thread->limit)) {
        return false;
    }
    function_record *function = edge->function;
    const code_info *info = &function->entry->info;
    line_cell *first = linetable_cell(function->lines, line);
    if (UNLIKELY(info->start_line != line || first == NULL)) {
        return false;
    }
    recorder_charge_line(thread, cell, now, recorder_start_cost(rec, EVENT_LINE, info));
    activation *act = fast_push(thread, cell, edge, frame, now);
    function->calls++;
    edge->calls++;
    act->cell = first;
    first->hits++;
    recorder_charge_cost(thread, first, rec->costs.hit[first->kind]);
    return true;
}

/* A jump from one offset to another, back within its line, in the top activation: a hit
   of that line. */
static inline bool
fast_jump(const recorder *rec, thread_record *thread, const void *frame, int from,
          int to, uint64_t now)
{
    const activation *act = fast_top(thread, frame);
    if (UNLIKELY(act == NULL || to > from)) {
        return false;
    }
    const code_info *info = &act->function->entry->info;
    int line = code_info_line(info, from);
    if (UNLIKELY(line == 0 || line != code_info_line(info, to))) {
        return false;
    }
    return fast_line(rec, thread, frame, line, now);
}

/* recorder_leave(LEAVE_END) of the top activation, whose frame was never suspended. */
static inline bool
fast_return(const recorder *rec, thread_record *thread, const void *frame, uint64_t now)
{
    const activation *act = fast_top(thread, frame);
    if (UNLIKELY(act == NULL || act->slot != 0)) {
        return false;
    }
    recorder_charge_line(thread, act->cell, now, rec->costs.event[EVENT_LEAVE]);
    stack_close(thread, now);
    recorder_charge_back(rec, thread, EVENT_BACK);
    return true;
}

/* recorder_leave(LEAVE_SUSPEND) of the top activation; not for its first time. */
static inline bool
fast_suspend(const recorder *rec, thread_record *thread, const void *frame,
             uint64_t now)
{
    const activation *act = fast_top(thread, frame);
    framemap_item *item =
        act == NULL ? NULL : framemap_at(&rec->suspended, act->slot, frame);
    if (UNLIKELY(item == NULL || act->edge == NULL)) {
        return false;
    }
    recorder_charge_line(thread, act->cell, now, rec->costs.event[EVENT_LEAVE]);
    stack_close(thread, now);
    recorder_charge_back(rec, thread, EVENT_BACK);
    act->edge->slot = act->slot;
    item->function = act->function->entry;
    item->thread = thread;
    item->left = now;
    item->line = linetable_line(act->lines, act->cell);
    item->away = true;
    return true;
}

/* recorder_enter(ENTER_RESUME) of a frame that the open line has resumed before. */
static inline bool
fast_resume(const recorder *rec, thread_record *thread, const PyCodeObject *code,
            const void *frame, uint64_t now)
{
    line_cell *cell = thread->top->cell;
    call_edge *edge = cell == NULL ? NULL : fast_edge(cell, code);
    if (UNLIKELY(edge == NULL || thread->top + 1 == thread->limit)) {
        return false;
    }
    function_record *function = edge->function;
    framemap_item *item = framemap_at(&rec->suspended, edge->slot, frame);
    if (UNLIKELY(item == NULL || !item->away || item->function != function->entry)) {
        return false;
    }
    recorder_charge_line(thread, cell, now, rec->costs.event[EVENT_RESUME]);
    activation *act = fast_push(thread, cell, edge, frame, now);
    act->slot = edge->slot;
    act->cell = linetable_cell(function->lines, item->line);
    act->cell->suspended += ticks_between(item->left, now);
    item->away = false;
    return true;
}

#endif
