#include "recorder_model.h"

#include <string.h>

void
model_init(model *m)
{
    memset(m, 0, sizeof(*m));
    for (int t = 0; t < MODEL_THREADS; t++) {
        m->threads[t].greenlet = MODEL_NONE;
    }
}

static model_activation *
top_of(model_thread *thread)
{
    return thread->stack.depth > 0 ? &thread->stack.acts[thread->stack.depth - 1]
                                   : NULL;
}

static int
find_frame(const model_thread *thread, int frame)
{
    int i = thread->stack.depth - 1;
    while (i >= 0 && thread->stack.acts[i].frame != frame) {
        i--;
    }
    return i;
}

int
model_function_of(const model_thread *thread, int frame, int function)
{
    int i = find_frame(thread, frame);
    return i >= 0 ? thread->stack.acts[i].function : function;
}

static model_edge *
edge_of(model *m, const model_activation *act)
{
    return act->caller == MODEL_NONE
               ? NULL
               : &m->numbers[act->caller].edges[act->caller_line][act->function];
}

/* Which of two activations come by one edge. */
static bool
same_edge(const model_activation *a, const model_activation *b)
{
    return a->caller != MODEL_NONE && a->caller == b->caller &&
           a->caller_line == b->caller_line && a->function == b->function;
}

/* Give time and cost to the function of activation i and to the edge it came by, if
   it is the outermost of either. */
static void
give_to_function(model *m, const model_stack *stack, int i, uint64_t time,
                 uint64_t cost)
{
    const model_activation *act = &stack->acts[i];
    bool function_below = false, edge_below = false;
    for (int j = 0; j < i; j++) {
        function_below |= stack->acts[j].function == act->function;
        edge_below |= same_edge(&stack->acts[j], act);
    }
    if (!function_below) {
        m->numbers[act->function].total += time;
        m->numbers[act->function].cost += cost;
    }
    model_edge *edge = edge_of(m, act);
    if (edge != NULL && !edge_below) {
        edge->total += time;
        edge->cost += cost;
    }
}

/* The activation whose line time belongs to: the last that has one. */
static int
innermost(const model_stack *stack)
{
    int i = stack->depth - 1;
    while (i >= 0 && stack->acts[i].line == MODEL_NONE) {
        i--;
    }
    return i;
}

static void
give_to_line(model *m, const model_stack *stack, int i, uint64_t time, uint64_t cost)
{
    const model_activation *act = &stack->acts[i];
    if (act->line == MODEL_NONE) {
        return;
    }
    model_line *line = &m->numbers[act->function].lines[act->line];
    if (i == innermost(stack)) {
        line->self += time;
        line->self_cost += cost;
    }
    for (int j = 0; j < i; j++) {
        if (stack->acts[j].function == act->function &&
            stack->acts[j].line == act->line) {
            return; /* open further out */
        }
    }
    line->total += time;
    line->total_cost += cost;
}

/* Give time and cost to all that is open. */
static void
give(model *m, model_thread *thread, uint64_t time, uint64_t cost)
{
    model_stack *stack = &thread->stack;
    for (int i = 0; i < stack->depth; i++) {
        model_activation *act = &stack->acts[i];
        give_to_line(m, stack, i, time, cost);
        if (act->line != MODEL_NONE) {
            give_to_function(m, stack, i, time, cost);
        }
        else if (i < innermost(stack)) {
            act->unsure += time;
            act->unsure_cost += cost;
        }
        else {
            act->unsure = act->unsure_cost = 0; /* a function begins with a line */
        }
    }
}

/* An event at `now`: what was until then, and its cost, belongs to what was open. */
static void
pass(model *m, model_thread *thread, uint64_t now, uint64_t cost)
{
    give(m, thread, now > thread->last ? now - thread->last : 0, cost);
    thread->last = now;
}

/* Time without a line is the function's after all: none came. */
static void
settle(model *m, model_stack *stack, int i)
{
    model_activation *act = &stack->acts[i];
    give_to_function(m, stack, i, act->unsure, act->unsure_cost);
    act->unsure = act->unsure_cost = 0;
}

static void
drop_above(model *m, model_thread *thread, int depth)
{
    while (thread->stack.depth > depth) {
        settle(m, &thread->stack, thread->stack.depth - 1);
        thread->stack.depth--;
    }
}

static model_activation *
push(model_thread *thread, int function, int frame, const model_activation *caller)
{
    model_activation *act = &thread->stack.acts[thread->stack.depth++];
    *act = (model_activation){.frame = frame,
                              .function = function,
                              .line = MODEL_NONE,
                              .caller = MODEL_NONE,
                              .caller_line = MODEL_NONE};
    if (caller != NULL && caller->line != MODEL_NONE) {
        act->caller = caller->function;
        act->caller_line = caller->line;
    }
    return act;
}

static void
open_line(model *m, model_thread *thread, int line)
{
    model_activation *act = top_of(thread);
    act->unsure = act->unsure_cost = 0;
    act->line = line >= 0 && line < m->count[act->function] ? line : MODEL_NONE;
    if (act->line != MODEL_NONE) {
        m->numbers[act->function].lines[line].hits++;
        give(m, thread, 0, m->hit_cost[act->function][line]);
    }
}

/* Push a frame that what is on top calls or resumes. */
static model_activation *
enter(model *m, model_thread *thread, int function, int frame, bool called)
{
    model_activation *act = push(thread, function, frame, top_of(thread));
    model_edge *edge = edge_of(m, act);
    if (edge != NULL) {
        edge->there = true;
        edge->calls += called;
    }
    m->numbers[function].calls += called;
    return act;
}

/* What is known of a suspended frame is taken; if it is this one, it goes on there. */
static void
come_back(model *m, model_activation *act, bool same, uint64_t now)
{
    model_suspended *left = &m->suspended[act->frame];
    bool here = left->there && same && left->function == act->function;
    left->there = false;
    if (here) {
        uint64_t away = now > left->left ? now - left->left : 0;
        m->numbers[act->function].lines[left->line].suspended += away;
        act->line = left->line;
    }
}

static bool
is_left_out(const model *m, int function, int depth)
{
    return !m->active[function] || (m->beneath[function] && depth == 0);
}

void
model_enter_frame(model *m, model_thread *thread, int function, int frame,
                  model_enter kind, uint64_t now)
{
    if (is_left_out(m, function, thread->stack.depth)) {
        return;
    }
    pass(m, thread, now, m->event_cost[kind == RESUME_FRAME ? 4 : 0]);
    model_activation *act = enter(m, thread, function, frame, kind == START);
    if (kind != START) {
        come_back(m, act, kind == RESUME_FRAME, now);
    }
}

void
model_line_event(model *m, model_thread *thread, int function, int frame, int line,
                 uint64_t now)
{
    model_activation *top = top_of(thread);
    if (top == NULL || top->frame != frame) {
        if (is_left_out(m, function, thread->stack.depth)) {
            return;
        }
        int i = find_frame(thread, frame);
        if (i >= 0) {
            drop_above(m, thread, i + 1);
        }
        pass(m, thread, now, m->event_cost[1]);
        if (i < 0 && m->suspended[frame].there) {
            come_back(m, enter(m, thread, function, frame, false), true, now);
        }
        else if (i < 0) {
            (void)push(thread, function, frame, NULL);
        }
    }
    else {
        pass(m, thread, now, m->event_cost[1]);
    }
    open_line(m, thread, line);
}

void
model_line_below(model *m, model_thread *thread, int function, int frame, int line,
                 bool first, uint64_t now)
{
    if (is_left_out(m, function, thread->stack.depth)) {
        return;
    }
    if (!first) {
        model_line_event(m, thread, function, frame, line, now);
        return;
    }
    pass(m, thread, now, m->event_cost[1]);
    (void)enter(m, thread, function, frame, true);
    open_line(m, thread, line);
}

void
model_leave_frame(model *m, model_thread *thread, int function, int frame,
                  model_leave kind, uint64_t now)
{
    model_activation *top = top_of(thread);
    if (top == NULL || top->frame != frame) {
        int i = find_frame(thread, frame);
        if (!m->active[function] || i < 0) {
            return;
        }
        drop_above(m, thread, i + 1);
    }
    pass(m, thread, now, kind == UNTRACED ? 0 : m->event_cost[2]);
    top = top_of(thread);
    if (kind == SUSPEND && top->line != MODEL_NONE) {
        m->suspended[frame] = (model_suspended){true, top->function, top->line, now};
    }
    thread->stack.depth--;
    top = top_of(thread);
    if (top != NULL && top->line != MODEL_NONE) {
        give(m, thread, 0, m->event_cost[kind == UNTRACED ? 5 : 3]);
    }
}

void
model_set_at(model_thread *thread, int frame, int at)
{
    int i = find_frame(thread, frame);
    if (i >= 0) {
        thread->stack.acts[i].at = at;
    }
}

void
model_arrive(model *m, model_thread *thread, int function, int frame, int line, int at,
             uint64_t now)
{
    int i = find_frame(thread, frame);
    if (i < 0 || thread->stack.acts[i].at != at) {
        model_line_event(m, thread, function, frame, line, now);
        model_set_at(thread, frame, at);
    }
}

static void
remove_inactive(const model *m, model_stack *stack)
{
    int kept = 0;
    for (int i = 0; i < stack->depth; i++) {
        if (!is_left_out(m, stack->acts[i].function, kept)) {
            stack->acts[kept++] = stack->acts[i];
        }
    }
    stack->depth = kept;
}

/* Time up to now is given, and none is unsure any more. */
static void
bring_up_to(model *m, model_thread *thread, uint64_t now)
{
    pass(m, thread, now, 0);
    for (int i = 0; i < thread->stack.depth; i++) {
        settle(m, &thread->stack, i);
    }
}

void
model_switch(model *m, model_thread *thread, int greenlet, uint64_t now)
{
    int before = thread->greenlet;
    thread->greenlet = greenlet;
    if (before == MODEL_NONE || before == greenlet) {
        return;
    }
    bring_up_to(m, thread, now);
    thread->parked[before] = thread->stack;
    thread->parked_at[before] = now;
    thread->stack = thread->parked[greenlet];
    thread->parked[greenlet].depth = 0;
    uint64_t away =
        now > thread->parked_at[greenlet] ? now - thread->parked_at[greenlet] : 0;
    for (int i = 0; i < thread->stack.depth; i++) {
        const model_activation *act = &thread->stack.acts[i];
        bool open_below = act->line == MODEL_NONE;
        for (int j = 0; j < i; j++) {
            open_below |= thread->stack.acts[j].function == act->function &&
                          thread->stack.acts[j].line == act->line;
        }
        if (!open_below) {
            m->numbers[act->function].lines[act->line].suspended += away;
        }
    }
}

void
model_fold(model *m, uint64_t now)
{
    for (int t = 0; t < MODEL_THREADS; t++) {
        model_thread *thread = &m->threads[t];
        bring_up_to(m, thread, now > thread->last ? now : thread->last);
        remove_inactive(m, &thread->stack);
        for (int g = 0; g < MODEL_GREENLETS; g++) {
            remove_inactive(m, &thread->parked[g]);
        }
    }
}

void
model_clear(model *m, uint64_t now)
{
    model_fold(m, now);
    for (int f = 0; f < MODEL_FUNCTIONS; f++) {
        model_numbers empty = {0};
        for (int line = 0; line < MODEL_LINES; line++) {
            for (int callee = 0; callee < MODEL_FUNCTIONS; callee++) {
                empty.edges[line][callee].there =
                    m->numbers[f].edges[line][callee].there;
            }
        }
        m->numbers[f] = empty;
    }
    for (int t = 0; t < MODEL_THREADS; t++) {
        for (int g = 0; g < MODEL_GREENLETS; g++) {
            m->threads[t].parked_at[g] = now;
        }
    }
    for (int i = 0; i < MODEL_FRAMES; i++) {
        m->suspended[i].left = now;
    }
}
