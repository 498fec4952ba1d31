#include "trace/py311/gate.h"

#if HAVE_EVALGATE

#include "base/module_arrival.h"

#define TRACING_ON 255 /* what 3.11 stores: or'ed into the opcode */
#define TRACING_OFF 0

/* Innermost frame of the thread, borrowed, or NULL. NULL with greenlets as well, which
   replace the C stack it is on. */
static THREAD_LOCAL gate_frame *top;

/* Without a trace or profile function the interpreter must never see the switch on. */
static inline bool
switch_is_sound(PyThreadState *state)
{
    return state->cframe->use_tracing == TRACING_OFF || state->c_tracefunc != NULL ||
           state->c_profilefunc != NULL;
}

/* -- Who is let through ----------------------------------------------------------- */

void
gate_add(eval_gate *gate, gate_client *client)
{
    assert(client->gate == NULL);
    client->gate = gate;
    client->next = gate->clients;
    gate->clients = client;
    if (client->next == NULL) {
        gate->greenlets = false; /* to be looked for again */
        gate->passed = 0;
    }
}

void
gate_remove(gate_client *client)
{
    gate_client **link = &client->gate->clients;
    while (*link != NULL && *link != client) {
        link = &(*link)->next;
    }
    assert(*link == client);
    if (*link != NULL) {
        *link = client->next;
    }
    client->gate = NULL;
}

void
gate_forsake(eval_gate *gate)
{
    for (gate_client *client = gate->clients; client; client = client->next) {
        client->gate = NULL;
    }
}

/* Let frames that run now through, in this C frame and in others. Frames of a trace
   function or an audit hook must not be traced: while one runs, the frames below it are
   let through when it ends and when calls return. */
static void
flood_frames(eval_gate *gate, PyThreadState *state)
{
    gate->floods++;
    if (state->tracing) {
        return;
    }
    for (_PyCFrame *cframe = state->cframe; cframe != NULL; cframe = cframe->previous) {
        cframe->use_tracing = TRACING_ON;
    }
}

void
gate_flood(const gate_client *client, PyThreadState *state)
{
    if (client->gate != NULL) {
        assert(hook_find(client->hooks, state) != NULL);
        flood_frames(client->gate, state);
    }
}

/* When greenlets switch, `use_tracing` of the frame that is left carries over to the
   frame that goes on. In the hub of another package it is off. So in a program with
   greenlets all code has to be traced. */
static NOINLINE void
look_for_greenlets(eval_gate *gate, PyThreadState *state)
{
    if (!gate->greenlets && module_arrival_find("greenlet") != NULL) {
        gate->greenlets = true;
        flood_frames(gate, state);
    }
}

/* The body of a module or class has run: modules may have come. */
static NOINLINE void
look_for_imports(eval_gate *gate, PyThreadState *state)
{
    compat_error pending = compat_error_take();
    module_arrival_look();
    PyErr_Clear();
    compat_error_put_back(pending);
    look_for_greenlets(gate, state);
}

/* A call has changed the trace function of the thread, as breakpoint() does: hooks get
   on top of it, or the rest of the frames that run would be lost. */
static NOINLINE void
retake(eval_gate *gate, PyThreadState *state)
{
    for (gate_client *client = gate->clients; client; client = client->next) {
        if (hook_find(client->hooks, state) == NULL) {
            (void)hook_have(client->hooks, state);
            flood_frames(gate, state);
        }
    }
}

#define FRAMES_BETWEEN_LOOKS 256

/* Whether any client measures the code. Those that do have a hook on the thread then.
 */
static inline bool
let_through(eval_gate *gate, PyThreadState *state, const PyCodeObject *code)
{
    bool wanted = false;
    for (gate_client *client = gate->clients; client; client = client->next) {
        const registry_entry *entry = registry_find(client->codes, code);
        if (entry != NULL && entry->active) {
            wanted = true;
            (void)hook_have(client->hooks, state);
        }
    }
    if (wanted && state->c_tracefunc != NULL &&
        UNLIKELY(gate->passed++ % FRAMES_BETWEEN_LOOKS == 0)) {
        look_for_greenlets(gate, state);
    }
    return wanted;
}

/* -- The last line of a frame ----------------------------------------------------- */

bool
gate_takes_end(const gate_client *client, PyFrameObject *frame)
{
    const eval_gate *gate = client->gate;
    if (gate == NULL || gate->clients != client || client->next != NULL ||
        gate->greenlets || gate->bypassing != 0 || top == NULL ||
        top->head->object != frame) {
        return false;
    }
    top->ends = true;
    return true;
}

/* Have the clients that are left told of a frame's end. */
static NOINLINE void
tell_end(const eval_gate *gate, PyThreadState *state, const frame_head *head)
{
    for (gate_client *client = gate->clients; client; client = client->next) {
        (void)hook_step_back(state);
        client->on_end(client, head->object, head->code);
    }
}

/* -- The switch ------------------------------------------------------------------- */

void
gate_enter(eval_gate *gate, PyThreadState *state, gate_frame *own,
           const frame_head *head)
{
    assert(gate->clients != NULL && !state->tracing);
    own->head = head;
    own->has_namespace = head->locals != NULL;
    own->ends = false;
    own->stepped_back = UNLIKELY(state->c_tracefunc == NULL && state->c_traceobj) &&
                        hook_step_back(state);
    if (UNLIKELY(!switch_is_sound(state))) {
        /* A thread that ends loses its functions and keeps the switch: finalizers run.
         */
        state->cframe->use_tracing = TRACING_OFF;
    }
    own->before = state->cframe->use_tracing;
    own->function = state->c_tracefunc;
    own->floods = gate->floods;
    bool wanted = let_through(gate, state, head->code);
    own->back = top;
    top = gate->greenlets ? NULL : own;
    if (wanted || gate->greenlets) {
        state->cframe->use_tracing = state->c_tracefunc ? TRACING_ON : own->before;
    }
    else if (own->before != TRACING_OFF && hook_is_alone(state)) {
        state->cframe->use_tracing = TRACING_OFF;
    }
}

/* The switch that the caller of a frame gets back. Somebody may have set or removed a
   trace or profile function meanwhile: with a foreign one the switch is never off. */
static inline uint8_t
switch_of_caller(const eval_gate *gate, PyThreadState *state, const gate_frame *own)
{
    if (state->c_tracefunc == NULL && state->c_profilefunc == NULL) {
        return TRACING_OFF;
    }
    if (gate->floods != own->floods || gate->bypassing || gate->greenlets ||
        gate->clients == NULL || !hook_is_alone(state)) {
        return TRACING_ON;
    }
    if (UNLIKELY(own->stepped_back)) {
        hook_step_aside(state);
    }
    return own->before;
}

void
gate_leave(eval_gate *gate, PyThreadState *state, gate_frame *own)
{
    top = gate->greenlets ? NULL : own->back;
    if (UNLIKELY(own->ends)) {
        tell_end(gate, state, own->head);
    }
    if (UNLIKELY(state->c_tracefunc != own->function) && own->function != NULL) {
        retake(gate, state);
    }
    if (UNLIKELY(own->has_namespace)) {
        look_for_imports(gate, state);
    }
    state->cframe->use_tracing = switch_of_caller(gate, state, own);
    assert(switch_is_sound(state));
}

/* -- Past the gate ---------------------------------------------------------------- */

void
gate_begin_bypass(eval_gate *gate, PyInterpreterState *interp)
{
    gate->bypassing++;
    int collects = PyGC_Disable(); /* as hooks are made: threads could end meanwhile */
    for (PyThreadState *state = PyInterpreterState_ThreadHead(interp); state != NULL;
         state = PyThreadState_Next(state)) {
        for (gate_client *client = gate->clients; client; client = client->next) {
            (void)hook_have(client->hooks, state);
        }
        if (state->c_tracefunc != NULL && state->tracing == 0) {
            state->cframe->use_tracing = TRACING_ON;
        }
    }
    if (collects) {
        PyGC_Enable();
    }
}

#endif
