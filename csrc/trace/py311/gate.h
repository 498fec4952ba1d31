/* Python 3.11: only measured code runs traced.

   PyEval_SetTrace() makes every line of every function pay. The interpreter looks at a
   switch on the C stack, `cframe->use_tracing`, and the gate sets it for each frame
   that the frame evaluator runs: on for the code of its clients, off for other code. It
   is off as well for the last line of a frame, after which only the frame's end is
   still to be told (LINE_KIND_END): the evaluator sees the end by itself, and a traced
   instruction costs several times what it costs otherwise. */

#ifndef LINEPROF_TRACE_PY311_GATE_H
#define LINEPROF_TRACE_PY311_GATE_H

#include "code/registry.h"
#include "trace/hook.h"

#if HAVE_EVALGATE

/* A source that has its code let through. */
typedef struct gate_client {
    struct gate_client *next; /* borrowed; of the gate */
    struct eval_gate *gate;   /* borrowed; NULL: plain tracing has to do */
    const registry *codes;    /* borrowed; active entries are let through */
    hook_group *hooks;        /* borrowed; for threads that run them */

    /* A frame has ended whose end was taken over, see gate_takes_end(). */
    void (*on_end)(struct gate_client *client, PyFrameObject *frame,
                   PyCodeObject *code);
} gate_client;

/* One per interpreter. */
typedef struct eval_gate {
    gate_client *clients;   /* borrowed */
    unsigned int floods;    /* counts floods, see gate_flood() */
    unsigned int passed;    /* counts frames let through */
    unsigned int bypassing; /* see gate_begin_bypass() */
    bool greenlets;         /* the program has greenlets: everything is let through */
} eval_gate;

/* The head of 3.11's struct _PyInterpreterFrame, the same in all of 3.11.x. */
typedef struct {
    PyObject *function, *globals, *builtins;
    PyObject
        *locals; /* NULL unless the frame is of a module, a class body or the like */
    PyCodeObject *code;
    PyFrameObject *object; /* NULL if nobody has asked for it */
} frame_head;

/* A frame that the evaluator runs: lives on its C stack. */
typedef struct gate_frame {
    struct gate_frame *back; /* borrowed */
    const frame_head *head;  /* borrowed */
    Py_tracefunc function;   /* trace function of the thread as the frame began */
    unsigned int floods;     /* gate.floods then */
    uint8_t before;          /* the caller's switch */
    bool has_namespace;      /* body of a module or class: may have imported some */
    bool stepped_back;       /* the hook was aside, in the caller's last line */
    bool ends;               /* the hook is aside in its own last line */
} gate_frame;

void gate_add(eval_gate *gate, gate_client *client);

void gate_remove(gate_client *client);

/* The interpreter goes: clients lose their gate. */
void gate_forsake(eval_gate *gate);

/* Switch tracing for a frame that begins on the current thread. There are clients, and
   the thread is not in a trace function. */
void gate_enter(eval_gate *gate, PyThreadState *state, gate_frame *own,
                const frame_head *head);

/* The same frame has left: the caller gets its switch back. */
void gate_leave(eval_gate *gate, PyThreadState *state, gate_frame *own);

/* Frames will run that do not pass the gate: trace every thread plainly. */
void gate_begin_bypass(eval_gate *gate, PyInterpreterState *interp);

static inline void
gate_end_bypass(eval_gate *gate)
{
    assert(gate->bypassing > 0);
    gate->bypassing--;
}

/* Whether the gate sees the end of a frame that runs now, and will tell of it. If so
   the frame needs no more events: the caller is to have its hook step aside. */
bool gate_takes_end(const gate_client *client, PyFrameObject *frame);

/* Let frames through that run now on a thread with a hook, measured or not: they were
   entered before anybody knew. */
void gate_flood(const gate_client *client, PyThreadState *state);

#endif
#endif
