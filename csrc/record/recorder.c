/* The recorder: what events mean.

   Both event sources tell the same story of each thread in three words. A frame
   is *entered* (it starts, or comes back from a yield), execution arrives at a
   *line*, and the frame is *left* (it ends, or suspends itself). The recorder
   keeps a stack of activations per thread, one for each entered frame of measured
   code, and turns the story into numbers:

       stack                 open line           its numbers grow by
       ----------------------------------------------------------------------
       top  -> parse()       line 42             self and total
               parse()       line 40             total (if 40 is not open below)
               main()        line 7              total
       [0]     nothing       none                -

   Between two events on a thread only one line is innermost: the open line of the top
   activation. Every event *charges* the time since the last one to that line
   (recorder_charge()), and self times can never overlap.

   Total time is self time and the time in callees, which is known when a callee is
   left: stack_close() adds the callee's whole time to the line that called it.
   Under recursion a line is open several times on one thread and only the outermost
   instance counts. The inner ones lie within a call made from the outermost one, and
   are part of that; so a line that is in a call (line_cell.calling) gets neither the
   time of calls from its inner instances, nor their self time. A cell keeps self and
   what is to be added for total; a line event touches nothing else. Function totals
   and call edges count activations, and add when the outermost one is left; they run
   from the first line on; what is before is the calling line's (recorder_begin()).

   A yield closes the line, and the frame with its line and the moment goes into
   the map of suspended frames. Coming back, on whatever thread, the time away is
   the line's suspended time, and the line is open again, without a hit.

   A greenlet suspends a whole stack. As it is left every activation is counted out and
   put aside, and counted in again as it comes back (greenlets.c); the time away is
   suspended time of each line that is open in it.

   The profiler's own cost is added up beside the times. Each event adds the ticks its
   kind is known to cost (recorder.costs) to the thread's sum, each hit what its kind of
   line costs on top; two readings tell what fell between them.

   The story has gaps. Measuring starts in mid-frame; CPython does not tell of
   every exit; nobody tells of some switches of greenlets. A frame's identity comes with
   each event, and when it is not that of the top activation, find_activation() looks
   down the stack: found, whatever lies above has been left unnoticed (at the time of
   the last event, for all we know) and is dropped; not found, it is a frame that began
   unmeasured, and is measured from here on. Hits are counted on arrival and do not
   depend on any of this.

       enter   recorder_enter()     push, edge, reopen the line of a resumed frame
       line    recorder_line()      open the new line, hit
               recorder_line_below()  enter as well, if nobody told of the start
       leave   recorder_leave()     close, remember if suspended
       switch  settle_out(), settle_in()
       read    settle_all()        close and open everything: open lines count
*/

#include "record/recorder.h"

#include "record/stack.h"

#include <string.h>

void
recorder_begin(thread_record *thread, uint64_t time, uint64_t cost, uint64_t now)
{
    activation *act = thread->top;
    uint64_t entered = thread->last, entered_cost = thread->cost - cost;
    for (; act > thread->stack && act->cell == NULL; act--) {
        entered = act->entered;
        entered_cost = act->entered_cost;
        act->entered = now;
        act->entered_cost = thread->cost;
    }
    line_cell *caller = act->cell;
    if (caller == NULL) {
        return;
    }
    caller->self += time;
    caller->self_cost += cost;
    if (caller->calling == 1) {
        /* Measured callees of a frame without a line: as good as the line's own. */
        caller->nested += ticks_between(entered, thread->last);
        caller->nested_cost += thread->cost - cost - entered_cost;
    }
    else {
        caller->nested -= time;
        caller->nested_cost -= cost;
    }
}

/* The activation of a frame, or NULL. */
static NOINLINE activation *
find_activation(thread_record *thread, const void *frame)
{
    for (activation *act = thread->top; act > thread->stack; act--) {
        if (act->frame == frame) {
            return act;
        }
    }
    return NULL;
}

/* The same for a frame that should be on top: nobody may have told of a switch. */
static activation *
find_lost(recorder *rec, thread_record *thread, const void *frame)
{
    if (thread->greenlet != NULL && rec->threads.prepare != NULL) {
        (void)rec->threads.prepare(rec->threads.prepare_context, thread, true);
    }
    return find_activation(thread, frame);
}

/* The frame of an activation has ended: its place is free. If the item is away, a later
   frame at the same address has it. */
static void
forget_suspended(recorder *rec, const activation *act)
{
    framemap_item *found =
        act->slot == 0 ? NULL : framemap_find(&rec->suspended, act->frame);
    framemap_item item;
    if (found != NULL && !found->away) {
        (void)framemap_take(&rec->suspended, act->frame, &item);
    }
}

/* Take up what is known of the top activation's frame, which comes back: its item,
   valid until the next change of the map; NULL if it was not suspended. */
static framemap_item *
find_suspended(recorder *rec, activation *act)
{
    framemap_item *item = framemap_find(&rec->suspended, act->frame);
    if (item == NULL || !item->away) {
        return NULL;
    }
    item->away = false;
    act->slot = framemap_slot(&rec->suspended, item);
    return item;
}

/* Drop what lies above `act`: left without an event, at some time not before the
   thread's last one. */
static void
drop_above(recorder *rec, thread_record *thread, const activation *act)
{
    while (thread->top > act) {
        forget_suspended(rec, thread->top);
        stack_close(thread, thread->last);
    }
}

/* Numbers of measured code on the thread, NULL for other code. */
static inline function_record *
find_function(recorder *rec, thread_record *thread, PyCodeObject *code)
{
    if (LIKELY(code == thread->last_code)) {
        return thread->last_function;
    }
    if (code == thread->last_miss) {
        return NULL;
    }
    registry_entry *entry = registry_find(&rec->registry, code);
    if (entry == NULL || !entry->active) {
        thread->last_miss = code;
        return NULL;
    }
    function_record *function = thread_function(thread, entry);
    if (function == NULL) {
        rec->short_of_memory = true;
        return NULL;
    }
    thread->last_code = code;
    thread->last_function = function;
    return function;
}

/* Whether a frame of the function is not to be measured if it begins now. */
static inline bool
left_out(const thread_record *thread, const function_record *function)
{
    return thread_leaves_out(function->entry, thread->top - thread->stack);
}

/* A new top, entered now, with no line open; NULL if memory is short. */
static inline activation *
push(recorder *rec, thread_record *thread, function_record *function, const void *frame,
     call_edge *edge, uint64_t now)
{
    if (UNLIKELY(thread->top + 1 == thread->limit) && !thread_grow_stack(thread)) {
        rec->short_of_memory = true;
        return NULL;
    }
    activation *act = ++thread->top;
    act->frame = frame;
    act->function = function;
    act->lines = function->lines;
    act->cell = NULL;
    act->edge = edge;
    act->at = 0;
    act->slot = 0;
    stack_open(thread, now);
    return act;
}

/* The top frame is back at the line it left at. How long it was away, CPU times of two
   threads cannot tell. */
static void
reopen(recorder *rec, const thread_record *thread, const framemap_item *item,
       uint64_t now)
{
    activation *act = thread->top;
    if (item->function != act->function->entry) {
        return;
    }
    line_cell *cell = linetable_cell(act->lines, item->line);
    if (cell != NULL) {
        if (item->thread == thread || rec->clock.kind != CLOCK_KIND_CPU) {
            cell->suspended += ticks_between(item->left, now);
        }
        act->cell = cell;
    }
}

/* Push a frame that the open line calls or, if not `called`, resumes. */
static inline activation *
enter(recorder *rec, thread_record *thread, function_record *function,
      const void *frame, bool called, uint64_t now)
{
    call_edge *edge = NULL;
    if (thread->top->cell != NULL) {
        edge = linetable_edge(thread->shard, thread->top->cell, function->entry);
        rec->short_of_memory |= edge == NULL;
    }
    if (edge != NULL) {
        edge->code = function->entry->code;
        edge->function = function;
    }
    activation *act = push(rec, thread, function, frame, edge, now);
    if (act != NULL && called) {
        function->calls++;
        if (edge != NULL) {
            edge->calls++;
        }
    }
    return act;
}

const registry_entry *
recorder_enter(recorder *rec, PyCodeObject *code, const void *frame, enter_kind kind,
               uint64_t now)
{
    thread_record *thread = recorder_thread(rec);
    function_record *function;
    if (thread == NULL || (function = find_function(rec, thread, code)) == NULL ||
        left_out(thread, function)) {
        return NULL;
    }
    const code_info *info = &function->entry->info;
    recorder_charge(thread, now,
                    kind == ENTER_RESUME ? rec->costs.event[EVENT_RESUME]
                                         : recorder_start_cost(rec, EVENT_ENTER, info));
    activation *act = enter(rec, thread, function, frame, kind == ENTER_START, now);
    if (act == NULL) {
        return NULL;
    }
    if (kind != ENTER_START) {
        const framemap_item *item = find_suspended(rec, act);
        if (item != NULL && kind == ENTER_RESUME) {
            reopen(rec, thread, item, now);
        } /* else it is about an abandoned frame that had the same address */
    }
    recorder_check(rec);
    return function->entry;
}

/* Make the activation of `frame` the top although it is not; NULL for a frame that is
   not measured. */
static NOINLINE activation *
resynchronise(recorder *rec, thread_record *thread, PyCodeObject *code,
              const void *frame, uint64_t now)
{
    function_record *function = find_function(rec, thread, code);
    if (function == NULL) {
        return NULL;
    }
    activation *act = find_lost(rec, thread, frame);
    if (act != NULL) {
        drop_above(rec, thread, act);
        recorder_charge(thread, now, rec->costs.event[EVENT_LINE]);
        return act;
    }
    if (left_out(thread, function)) {
        return NULL;
    }
    recorder_charge(thread, now, rec->costs.event[EVENT_LINE]);
    const framemap_item *item = framemap_find(&rec->suspended, frame);
    if (item == NULL || !item->away) {
        return push(rec, thread, function, frame, NULL, now);
    }
    /* 3.11 does not tell that a frame comes back when what it awaits has swallowed
       what was thrown in. */
    act = enter(rec, thread, function, frame, false, now);
    if (act != NULL) {
        reopen(rec, thread, find_suspended(rec, act), now);
    }
    return act;
}

void
recorder_line(recorder *rec, PyCodeObject *code, const void *frame, int line,
              uint64_t now)
{
    if (recorder_line_on_top(rec, frame, line, now)) {
        return;
    }
    thread_record *thread = recorder_thread(rec);
    if (thread != NULL && resynchronise(rec, thread, code, frame, now) != NULL) {
        recorder_open_line(rec, thread, line);
        recorder_check(rec);
    }
}

void
recorder_line_below(recorder *rec, PyCodeObject *code, const void *frame, int line,
                    int offset, uint64_t now)
{
    thread_record *thread = recorder_thread(rec);
    function_record *function;
    if (thread == NULL || (function = find_function(rec, thread, code)) == NULL ||
        left_out(thread, function)) {
        return;
    }
    if (UNLIKELY(offset != function->entry->info.first_offset)) {
        recorder_line(rec, code, frame, line, now);
        return;
    }
    const code_info *info = &function->entry->info;
    recorder_charge(thread, now, recorder_start_cost(rec, EVENT_LINE, info));
    if (enter(rec, thread, function, frame, true, now) != NULL) {
        recorder_open_line(rec, thread, line);
    }
    recorder_check(rec);
}

void
recorder_aside(recorder *rec, const void *frame, event_kind kind, uint64_t now)
{
    thread_record *thread = recorder_thread(rec);
    if (thread != NULL && thread->top->frame == frame) {
        recorder_charge(thread, now, rec->costs.event[kind]);
    }
}

/* Remember where an activation that was just closed has left off. */
static void
suspend(recorder *rec, const thread_record *thread, const activation *act, uint64_t now)
{
    if (act->cell == NULL) {
        return;
    }
    uint32_t slot =
        framemap_put(&rec->suspended, (framemap_item){
                                          .frame = act->frame,
                                          .function = act->function->entry,
                                          .thread = thread,
                                          .left = now,
                                          .line = linetable_line(act->lines, act->cell),
                                          .away = true,
                                      });
    rec->short_of_memory |= slot == 0;
    if (act->edge != NULL) {
        act->edge->slot = slot;
    }
}

void
recorder_leave(recorder *rec, PyCodeObject *code, const void *frame, leave_kind kind,
               uint64_t now)
{
    thread_record *thread = recorder_thread(rec);
    if (thread == NULL) {
        return;
    }
    activation *act = thread->top;
    if (UNLIKELY(act->frame != frame)) {
        if (find_function(rec, thread, code) == NULL ||
            (act = find_lost(rec, thread, frame)) == NULL) {
            return;
        }
        drop_above(rec, thread, act);
    }
    recorder_charge(thread, now,
                    kind == LEAVE_UNTRACED ? 0 : rec->costs.event[EVENT_LEAVE]);
    stack_close(thread, now);
    if (kind == LEAVE_SUSPEND) {
        suspend(rec, thread, act, now);
    }
    else {
        forget_suspended(rec, act);
    }
    recorder_charge_back(rec, thread, kind == LEAVE_UNTRACED ? EVENT_END : EVENT_BACK);
    recorder_check(rec);
}

bool
recorder_measures(recorder *rec, PyCodeObject *code)
{
    thread_record *thread = recorder_thread(rec);
    return thread != NULL && find_function(rec, thread, code) != NULL;
}

void
recorder_arrive_below(recorder *rec, PyCodeObject *code, const void *frame, int line,
                      uint64_t now)
{
    thread_record *thread = recorder_thread(rec);
    if (thread == NULL) {
        return;
    }
    activation *act = find_activation(thread, frame);
    if (act == NULL || act->at != line) {
        recorder_line(rec, code, frame, line, now);
        recorder_set_at(rec, frame, line);
    }
}

void
recorder_set_at(recorder *rec, const void *frame, int line)
{
    thread_record *thread = recorder_thread(rec);
    if (thread == NULL) {
        return;
    }
    activation *act = thread->top;
    if (act->frame == frame || (act = find_activation(thread, frame)) != NULL) {
        act->at = line;
    }
}

NOINLINE uint64_t
recorder_now_slowly(recorder *rec)
{
    return rec->timer.function != NULL ? timer_ask(&rec->timer)
                                       : clock_now(&rec->clock);
}

int
recorder_init(recorder *rec, bool cpu, PyObject *timer, uint64_t *next_key)
{
    memset(rec, 0, sizeof(*rec));
    rec->pace_due = UINT64_MAX;
    threads_init(&rec->threads, next_key);
    if (!clock_open(&rec->clock, cpu)) {
        PyErr_SetString(PyExc_OSError,
                        "this system has no clock of a thread's CPU time");
        return -1;
    }
    if (registry_init(&rec->registry) < 0) {
        return -1;
    }
    if (pace_init(&rec->pace_things) < 0) {
        registry_free(&rec->registry);
        return -1;
    }
    if (timer != NULL) {
        rec->timer.function = Py_NewRef(timer);
        rec->clock.kind = CLOCK_KIND_MONOTONIC; /* in nanoseconds, like the timer */
    }
    return 0;
}

/* -- What events cost now ------------------------------------------------------------

   The machine's pace changes by half within a second: a neighbour comes or goes, a
   clock rate rises. The cost of an event changes by as much, and a correction that does
   not follow would be off by more than a short line takes. */

enum {
    PACE_PERIOD = 2500, /* from one measurement to the next, in lengths of one */
    MOST_PACE = 4,
};

void
recorder_set_costs(recorder *rec, const event_costs *costs, uint64_t pace)
{
    rec->calibrated = rec->costs = *costs;
    rec->pace = recorder_reads_counter(rec) ? pace : 0;
    rec->relative_pace = 1;
    rec->pace_due = rec->pace == 0 ? UINT64_MAX : 0;
}

static uint64_t
at_pace(uint64_t cost, double pace)
{
    return (uint64_t)((double)cost * pace + 0.5);
}

void
recorder_follow_pace(recorder *rec, thread_record *thread)
{
    uint64_t began = clock_read_counter();
    /* One reading may be disturbed: it counts half. */
    uint64_t pace_now = pace_measure(&rec->pace_things);
    double pace = pace_ratio(rec->pace, pace_now);
    pace = (rec->relative_pace + (pace < MOST_PACE ? pace : MOST_PACE)) / 2;
    rec->relative_pace = pace;
    for (int i = 0; i < EVENT_KINDS; i++) {
        rec->costs.event[i] = at_pace(rec->calibrated.event[i], pace);
    }
    for (int i = 0; i < LINE_KINDS; i++) {
        rec->costs.hit[i] = at_pace(rec->calibrated.hit[i], pace);
    }
    /* Not from what it took: the thread may have been off the processor. */
    rec->pace_due = began + PACE_PERIOD * pace_now;
    if (thread->top->cell != NULL) {
        uint64_t took = ticks_between(began, clock_read_counter());
        recorder_charge_cost(thread, thread->top->cell, took);
    }
}

void
recorder_free(recorder *rec)
{
    threads_free(&rec->threads);
    framemap_free(&rec->suspended);
    shard_close(rec->shard);
    rec->shard = NULL;
    registry_free(&rec->registry);
    pace_clear(&rec->pace_things);
    timer_clear(&rec->timer);
}

int
recorder_report(recorder *rec)
{
    bool short_of_memory = rec->short_of_memory;
    rec->short_of_memory = false;
    if (timer_report(&rec->timer) < 0) {
        return -1;
    }
    if (short_of_memory) {
        PyErr_SetString(PyExc_MemoryError, "memory was short while measuring: "
                                           "some events are missing");
        return -1;
    }
    return 0;
}
