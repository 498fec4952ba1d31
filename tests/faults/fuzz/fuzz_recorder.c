/* recorder.c, with all it stands on, against recorder_model.c.

   Python is there for code objects and thread states only: events are made up. Threads
   are thread states taken in turn, each with a cache of its own. */

#include "input.h"

#include "record/greenlets.c" /* for switch_to() */
#include "record/fast.h"
#include "recorder_model.h"

typedef struct {
    recorder rec;
    model expected;
    registry_entry *entries[MODEL_FUNCTIONS];
    int thread; /* that runs */
    uint64_t now;
    bool exact_times;     /* of a story as an interpreter could tell it */
    bool short_of_memory; /* some allocation failed: all bets are off */
} story;

static bool aloud; /* FUZZ_ALOUD is set: print the story */
static PyCodeObject *codes[MODEL_FUNCTIONS];
static PyThreadState *states[MODEL_THREADS];
static thread_slot slots[MODEL_THREADS][THREAD_SLOTS];
static char frames[MODEL_FRAMES], greenlets_there[MODEL_GREENLETS]; /* addresses */

static const char *const SOURCES[MODEL_FUNCTIONS] = {
    "def f(x):\n x = 1\n x = 2\n x = 3\n return x\n",
    "def f(x):\n for i in x:\n  yield i\n",
    "async def f(x):\n await x\n await x\n",
    "def f(x): return x\n",
    "def f(x):\n while x:\n  x -= 1\n  x -= 1\n",
};

static PyCodeObject *
compiled(const char *source)
{
    PyObject *code = Py_CompileString(source, "<fuzz>", Py_file_input);
    PyObject *constants = PyObject_GetAttrString(code, "co_consts");
    PyObject *inner = PySequence_GetItem(constants, 0);
    Py_DECREF(constants);
    Py_DECREF(code);
    CHECK(PyCode_Check(inner));
    return (PyCodeObject *)inner;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    aloud = getenv("FUZZ_ALOUD") != NULL;
    Py_InitializeEx(0);
    for (int f = 0; f < MODEL_FUNCTIONS; f++) {
        codes[f] = compiled(SOURCES[f]);
    }
    states[0] = PyThreadState_Get();
    for (int t = 1; t < MODEL_THREADS; t++) {
        states[t] = PyThreadState_New(states[0]->interp);
    }
    return 0;
}

/* -- Comparing ----------------------------------------------------------------------
 */

static int
function_index(const story *s, const void *entry)
{
    int f = 0;
    while (f < MODEL_FUNCTIONS && s->entries[f] != entry) {
        f++;
    }
    CHECK(f < MODEL_FUNCTIONS);
    return f;
}

static void
add_cell(const story *s, model_numbers *sums, int line, const line_cell *cell)
{
    model_line *sum = &sums->lines[line];
    sum->hits += cell->hits;
    sum->self += cell->self;
    sum->self_cost += cell->self_cost;
    sum->total += linetable_total(cell);
    sum->total_cost += linetable_total_cost(cell);
    sum->suspended += cell->suspended;
    for (const call_edge *edge = cell->edges; edge != NULL; edge = edge->next) {
        model_edge *sum_edge = &sums->edges[line][function_index(s, edge->callee)];
        sum_edge->there = true;
        sum_edge->calls += edge->calls;
        sum_edge->total += edge->total;
        sum_edge->cost += edge->cost;
    }
}

static void
add_up(const story *s, model_numbers sums[MODEL_FUNCTIONS])
{
    memset(sums, 0, MODEL_FUNCTIONS * sizeof(model_numbers));
    for (const thread_record *thread = s->rec.threads.first; thread;
         thread = thread->next) {
        for (Py_ssize_t i = 0; i < thread->room; i++) {
            const function_record *function = thread->functions[i];
            if (function == NULL) {
                continue;
            }
            int f = function_index(s, function->entry);
            sums[f].calls += function->calls;
            sums[f].total += function->total;
            sums[f].cost += function->cost;
            for (int line = 0; line < function->lines->count; line++) {
                add_cell(s, &sums[f], line, &function->lines->cells[line]);
            }
        }
    }
}

static void
compare_lines(const model_line *found, const model_line *expected, bool times)
{
    CHECK(found->hits == expected->hits);
    if (times) {
        CHECK(found->self == expected->self);
        CHECK(found->self_cost == expected->self_cost);
        CHECK(found->total == expected->total);
        CHECK(found->total_cost == expected->total_cost);
        CHECK(found->suspended == expected->suspended);
    }
}

static void
compare_edges(const model_edge *found, const model_edge *expected, bool times)
{
    CHECK(found->there == expected->there);
    CHECK(found->calls == expected->calls);
    if (times) {
        CHECK(found->total == expected->total);
        CHECK(found->cost == expected->cost);
    }
}

/* All numbers, with what is open counted up to now. */
static void
compare(story *s)
{
    settle_all(&s->rec, s->now);
    model_fold(&s->expected, s->now);
    if (s->short_of_memory) {
        return;
    }
    CHECK(!s->rec.short_of_memory);
    static model_numbers sums[MODEL_FUNCTIONS];
    add_up(s, sums);
    for (int f = 0; f < MODEL_FUNCTIONS; f++) {
        const model_numbers *found = &sums[f], *expected = &s->expected.numbers[f];
        CHECK(found->calls == expected->calls);
        if (s->exact_times) {
            CHECK(found->total == expected->total);
            CHECK(found->cost == expected->cost);
        }
        for (int line = 0; line < s->expected.count[f]; line++) {
            compare_lines(&found->lines[line], &expected->lines[line], s->exact_times);
            for (int callee = 0; callee < MODEL_FUNCTIONS; callee++) {
                compare_edges(&found->edges[line][callee],
                              &expected->edges[line][callee], s->exact_times);
            }
        }
    }
}

/* -- Telling ------------------------------------------------------------------------
 */

static void
run_thread(story *s, int thread)
{
    memcpy(slots[s->thread], thread_slots, sizeof(thread_slots));
    memcpy(thread_slots, slots[thread], sizeof(thread_slots));
    s->thread = thread;
    PyThreadState_Swap(states[thread]);
}

static void
set_active(story *s, int function, bool active, bool beneath)
{
    s->entries[function]->active = s->expected.active[function] = active;
    s->entries[function]->beneath = s->expected.beneath[function] = beneath;
    threads_forget_lookups(&s->rec.threads);
}

/* A line of the function, mostly; one it does not have makes times inexact. */
static int
choose_line(story *s, fuzz_input *input, int function)
{
    unsigned byte = input_byte(input);
    if (byte == 255) {
        s->exact_times = false;
        return s->expected.count[function] + 3;
    }
    return (int)byte % s->expected.count[function];
}

/* The event by fast.h, which may leave it to the general way: false. */
static bool
tell_fast(story *s, unsigned action, int function, const void *frame, int line,
          leave_kind kind)
{
    recorder *rec = &s->rec;
    thread_record *thread = recorder_thread(rec);
    const PyCodeObject *code = codes[function];
    if (thread == NULL) {
        return false;
    }
    switch (action) {
    case 1:
        return fast_resume(rec, thread, code, frame, s->now);
    case 3:
        return kind == LEAVE_END && fast_return(rec, thread, frame, s->now);
    case 4:
        return fast_suspend(rec, thread, frame, s->now);
    case 5:
        return fast_first_line(rec, thread, code, frame, line, s->now);
    default:
        return fast_line(rec, thread, frame, line, s->now);
    }
}

/* One event, the same to both. */
static void
tell_event(story *s, fuzz_input *input, unsigned action)
{
    recorder *rec = &s->rec;
    model *m = &s->expected;
    model_thread *thread = &m->threads[s->thread];
    int function = (int)input_below(input, MODEL_FUNCTIONS);
    unsigned frame_byte = input_byte(input);
    int frame = (int)(frame_byte % MODEL_FRAMES);
    if (frame_byte >= 128 && thread->stack.depth > 0) {
        frame = thread->stack.acts[thread->stack.depth - 1].frame; /* as usual */
    }
    if (thread->stack.depth == MODEL_DEPTH) {
        return;
    }
    PyCodeObject *code = codes[function];
    const void *id = &frames[frame];
    int owner = model_function_of(thread, frame, function);
    int first = s->entries[owner]->info.first_line;
    uint64_t now = s->now;
    bool fast = input_byte(input) < 128;
    if (aloud) {
        fprintf(stderr, "%llu: thread %d, event %u, function %d, frame %d, depth %d\n",
                (unsigned long long)now, s->thread, action, function, frame,
                thread->stack.depth);
    }
    switch (action) {
    case 0:
    case 1:
    case 2: {
        fast &= action == 1;
        enter_kind kind = action == 0   ? ENTER_START
                          : action == 1 ? ENTER_RESUME
                                        : ENTER_THROW;
        model_enter same[] = {START, RESUME_FRAME, THROW};
        if (!fast || !tell_fast(s, action, function, id, 0, LEAVE_END)) {
            (void)recorder_enter(rec, code, id, kind, now);
        }
        model_enter_frame(m, thread, function, frame, same[action], now);
        break;
    }
    case 3:
    case 4: {
        leave_kind kind = action == 4               ? LEAVE_SUSPEND
                          : input_byte(input) < 128 ? LEAVE_END
                                                    : LEAVE_UNTRACED;
        model_leave same[] = {END, SUSPEND, UNTRACED};
        if (!fast || !tell_fast(s, action, function, id, 0, kind)) {
            recorder_leave(rec, code, id, kind, now);
        }
        model_leave_frame(m, thread, function, frame, same[kind], now);
        break;
    }
    case 5: {
        bool starts = input_byte(input) < 128;
        bool on_top = thread->stack.depth > 0 &&
                      thread->stack.acts[thread->stack.depth - 1].frame == frame;
        int from = s->entries[function]->info.first_offset;
        if (on_top) {
            break; /* not called then */
        }
        /* A frame that starts is one of this function. */
        owner = starts && from >= 0 ? function : owner;
        first = s->entries[owner]->info.first_line;
        int line = choose_line(s, input, owner);
        if (!fast || !starts || !tell_fast(s, action, function, id, first + line, 0)) {
            recorder_line_below(rec, code, id, first + line, starts ? from : -2, now);
        }
        model_line_below(m, thread, function, frame, line, starts, now);
        break;
    }
    case 6: {
        int line = choose_line(s, input, owner);
        recorder_arrive(rec, code, id, first + line, now);
        model_arrive(m, thread, function, frame, line, first + line, now);
        break;
    }
    case 7: {
        int at = input_byte(input) < 128 ? 0 : first + choose_line(s, input, owner);
        recorder_set_at(rec, id, at);
        model_set_at(thread, frame, at);
        break;
    }
    default: {
        int line = choose_line(s, input, owner);
        if (!fast || !tell_fast(s, action, function, id, first + line, 0)) {
            recorder_line(rec, code, id, first + line, now);
        }
        model_line_event(m, thread, function, frame, line, now);
        break;
    }
    }
}

static void
tell_rest(story *s, fuzz_input *input, unsigned action)
{
    recorder *rec = &s->rec;
    model *m = &s->expected;
    if (aloud) {
        fprintf(stderr, "%llu: thread %d, action %u\n", (unsigned long long)s->now,
                s->thread, action);
    }
    switch (action) {
    case 0:
        run_thread(s, (int)input_below(input, MODEL_THREADS));
        break;
    case 1: {
        unsigned greenlet = input_below(input, MODEL_GREENLETS);
        thread_record *thread = recorder_thread(rec);
        if (thread != NULL) {
            switch_to(rec, thread, &greenlets_there[greenlet], s->now);
        }
        model_switch(m, &m->threads[s->thread], (int)greenlet, s->now);
        break;
    }
    case 2:
        set_active(s, (int)input_below(input, MODEL_FUNCTIONS), true,
                   input_byte(input) < 128);
        break;
    case 3:
        set_active(s, (int)input_below(input, MODEL_FUNCTIONS), false, false);
        break;
    case 4:
        settle_clear(rec, s->now);
        model_clear(m, s->now);
        break;
    case 5: {
        int function = (int)input_below(input, MODEL_FUNCTIONS);
        bool measured = recorder_measures(rec, codes[function]);
        CHECK(measured == m->active[function] || rec->short_of_memory);
        break;
    }
    case 6:
        threads_invalidate(&rec->threads);
        break;
    default:
        compare(s);
        break;
    }
}

/* Mostly forwards, in steps of all sizes. */
static void
pass_time(story *s, fuzz_input *input, bool wild)
{
    unsigned byte = input_byte(input);
    if (wild && byte > 200) {
        s->now -= s->now < byte ? s->now : byte;
        s->exact_times = false;
    }
    else {
        s->now += byte < 100 ? byte % 10 : (uint64_t)byte << (byte % 40);
    }
}

static void
begin(story *s, fuzz_input *input, uint64_t *next_key)
{
    memset(slots, 0, sizeof(slots));
    memset(thread_slots, 0, sizeof(thread_slots));
    CHECK(recorder_init(&s->rec, false, NULL, next_key) == 0);
    model_init(&s->expected);
    s->thread = 0;
    s->now = 1000;
    s->exact_times = true;
    s->short_of_memory = false;
    bool costs = input_byte(input) < 128;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        s->rec.costs.event[kind] = s->expected.event_cost[kind] =
            costs ? input_byte(input) : 0;
    }
    for (int kind = 0; kind < LINE_KINDS; kind++) {
        s->rec.costs.hit[kind] = costs ? (uint64_t)(7 * kind + 1) : 0;
    }
    for (int f = 0; f < MODEL_FUNCTIONS; f++) {
        registry_entry *entry = registry_add(&s->rec.registry, codes[f]);
        CHECK(entry != NULL);
        s->entries[f] = entry;
        s->expected.count[f] = entry->info.last_line - entry->info.first_line + 1;
        CHECK(s->expected.count[f] <= MODEL_LINES);
        entry->active = s->expected.active[f] = true;
        for (int line = 0; line < s->expected.count[f]; line++) {
            s->expected.hit_cost[f][line] = s->rec.costs.hit[entry->info.kinds[line]];
        }
    }
}

static void
end(story *s)
{
    compare(s);
    run_thread(s, 0);
    bool told = s->rec.short_of_memory;
    CHECK((recorder_report(&s->rec) < 0) == told);
    if (told) {
        CHECK(PyErr_ExceptionMatches(PyExc_MemoryError));
        PyErr_Clear();
    }
    recorder_free(&s->rec);
    CHECK(fuzz_blocks == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static story s;
    static uint64_t next_key = 1;
    fuzz_input input = {data, size};
    fuzz_allocations_left = -1;
    bool wild = input_byte(&input) >= 192;
    begin(&s, &input, &next_key);
    while (input.left > 0) {
        unsigned action = input_byte(&input);
        pass_time(&s, &input, wild);
        if (action == 250 && wild) {
            fuzz_allocations_left = (int)input_below(&input, 20);
        }
        else if (action >= 200) {
            tell_rest(&s, &input, action % 10);
        }
        else {
            tell_event(&s, &input, action % 12);
        }
        recorder_check_now(&s.rec);
        /* Once an allocation failed an event was dropped. */
        s.short_of_memory |= s.rec.short_of_memory;
    }
    fuzz_allocations_left = -1;
    end(&s);
    return 0;
}
