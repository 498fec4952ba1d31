/* What the recorder has to make of a story, by the slowest way there is.

   Time is cut at every event. Each piece, and the cost of each event, is given to
   whatever is open on the stack at that moment, once to each. No subtraction, no
   nesting counters. The meaning of the numbers is that of docs/numbers.md; what is
   beyond it (stories that no interpreter tells) is as recorder.c says. */

#ifndef LINEPROF_FUZZ_RECORDER_MODEL_H
#define LINEPROF_FUZZ_RECORDER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_FUNCTIONS 5
#define MODEL_LINES 6 /* a function has so many at most, counted from 0 */
#define MODEL_FRAMES 12
#define MODEL_THREADS 3
#define MODEL_GREENLETS 3
#define MODEL_DEPTH 300
#define MODEL_NONE (-1)

typedef enum { START, RESUME_FRAME, THROW } model_enter;

typedef enum { END, SUSPEND, UNTRACED } model_leave;

typedef struct {
    uint64_t hits, self, total, suspended, self_cost, total_cost;
} model_line;

typedef struct {
    bool there;
    uint64_t calls, total, cost;
} model_edge;

typedef struct {
    uint64_t calls, total, cost;
    model_line lines[MODEL_LINES];
    model_edge edges[MODEL_LINES][MODEL_FUNCTIONS];
} model_numbers;

typedef struct {
    int frame, function;
    int line;                     /* open, or MODEL_NONE */
    int caller, caller_line;      /* that it was entered from, or MODEL_NONE */
    int at;                       /* what recorder_set_at() was told; 0: nothing */
    uint64_t unsure, unsure_cost; /* time since it was last on top, without a line so
                                     far: its own only if none ever comes */
} model_activation;

typedef struct {
    int depth;
    model_activation acts[MODEL_DEPTH];
} model_stack;

typedef struct {
    int greenlet; /* that runs, or MODEL_NONE: not known */
    uint64_t last;
    model_stack stack;
    model_stack parked[MODEL_GREENLETS];
    uint64_t parked_at[MODEL_GREENLETS];
} model_thread;

typedef struct {
    bool there;
    int function, line;
    uint64_t left;
} model_suspended;

typedef struct {
    int count[MODEL_FUNCTIONS]; /* lines of each function */
    bool active[MODEL_FUNCTIONS];
    bool beneath[MODEL_FUNCTIONS]; /* measured only on top of something */
    uint64_t event_cost[6];        /* as event_kind */
    uint64_t hit_cost[MODEL_FUNCTIONS][MODEL_LINES];
    model_numbers numbers[MODEL_FUNCTIONS]; /* threads added up */
    model_thread threads[MODEL_THREADS];
    model_suspended suspended[MODEL_FRAMES];
} model;

void model_init(model *m);

/* The events, as in recorder.h; `line` counts from 0. */
void model_enter_frame(model *m, model_thread *thread, int function, int frame,
                       model_enter kind, uint64_t now);
void model_line_event(model *m, model_thread *thread, int function, int frame, int line,
                      uint64_t now);
void model_line_below(model *m, model_thread *thread, int function, int frame, int line,
                      bool first, uint64_t now);
void model_leave_frame(model *m, model_thread *thread, int function, int frame,
                       model_leave kind, uint64_t now);
void model_arrive(model *m, model_thread *thread, int function, int frame, int line,
                  int at, uint64_t now);
void model_set_at(model_thread *thread, int frame, int at);
void model_switch(model *m, model_thread *thread, int greenlet, uint64_t now);
void model_fold(model *m, uint64_t now);
void model_clear(model *m, uint64_t now);

/* Function of the activation an event for this frame is about: that of its topmost
   activation, or `function` if it has none. */
int model_function_of(const model_thread *thread, int frame, int function);

#endif
