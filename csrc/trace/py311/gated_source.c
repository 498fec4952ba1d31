/* PyEval_SetTrace -> enter, line, leave, on Python 3.11.

   A thread gets its hook when the frame evaluator sees it call measured code, and again
   when a call has replaced the trace function, as breakpoint() does. Other code runs
   untraced: see gate.h. Frames that run when measuring starts are seen by attach(). */

#include "trace/tracing.h"

#if HAVE_EVALGATE

#include "base/module_arrival.h"
#include "trace/py311/evaluator.h"

#include <stddef.h>

typedef struct {
    tracing common;
    gate_client client;
} gated_source;

static gated_source *
gated_source_of(gate_client *client)
{
    return (gated_source *)((char *)client - offsetof(gated_source, client));
}

/* The frame is in its last line: have the rest of it run untraced, if that can be. */
static NOINLINE void
end_untraced(trace_hook *hook, PyFrameObject *frame)
{
    PyThreadState *state = PyThreadState_Get();
    const gated_source *src = hook->group->client.owner;
    if (hook->previous == NULL && state->c_profilefunc == NULL &&
        state->c_traceobj == (PyObject *)hook && gate_takes_end(&src->client, frame)) {
        hook_step_aside(state);
    }
}

static int
on_event(trace_hook *hook, PyFrameObject *frame, int what, PyObject *arg)
{
    const activation *act = tracing_record(hook, frame, what, arg);
    if (LIKELY(act != NULL && act->cell != NULL) && act->cell->kind == LINE_KIND_END) {
        end_untraced(hook, frame);
    }
    return 0;
}

/* Record the end of a frame whose last line ran untraced. */
static void
on_end(gate_client *client, PyFrameObject *frame, PyCodeObject *code)
{
    const tracing *common = &gated_source_of(client)->common;
    recorder *rec = common->rec;
    if (!common->hooks->running) {
        return;
    }
    /* In a trace function a timer written in Python would not be traced. */
    PyThreadState *timed = rec->timer.function != NULL ? PyThreadState_Get() : NULL;
    if (timed != NULL) {
        PyThreadState_EnterTracing(timed);
    }
    uint64_t now = recorder_now(rec);
    if (timed != NULL) {
        PyThreadState_LeaveTracing(timed);
    }
    recorder_leave(rec, code, frame, LEAVE_UNTRACED, now);
}

static source *
gated_open(PyObject *module, recorder *rec)
{
    gated_source *src = PyMem_Calloc(1, sizeof(gated_source));
    if (src == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (tracing_init(&src->common, module, rec, on_event, NULL) < 0) {
        PyMem_Free(src);
        return NULL;
    }
    src->client = (gate_client){
        .codes = &rec->registry, .hooks = src->common.hooks, .on_end = on_end};
    return &src->common.base;
}

static int
gated_start(source *base)
{
    gated_source *src = (gated_source *)base;
    if (evaluator_open(&src->client) < 0) {
        return -1;
    }
    src->common.hooks->running = true;
    return 0;
}

static void
let_running_frames_through(tracing *common, PyThreadState *state)
{
    gate_flood(&((gated_source *)common)->client, state);
}

static void
gated_attach(source *base, const registry_entry *entry)
{
    tracing *common = (tracing *)base;
    tracing_attach(common, entry, let_running_frames_through);
    /* Frames of greenlets that are switched out are in nobody's list. */
    if (entry == NULL && module_arrival_find("greenlet") != NULL) {
        PyThreadState *state = PyThreadState_Get();
        if (hook_have(common->hooks, state) != NULL) {
            let_running_frames_through(common, state);
        }
    }
}

static void
gated_stop(source *base)
{
    gated_source *src = (gated_source *)base;
    src->common.hooks->running = false;
    evaluator_close(&src->client);
    tracing_tidy();
}

static void
gated_close(source *base)
{
    tracing_free((tracing *)base);
    PyMem_Free(base);
}

/* What is to be watched the gate finds in the registry. */
const source_kind source_trace = {
    .name = "trace",
    .open = gated_open,
    .start = gated_start,
    .attach = gated_attach,
    .stop = gated_stop,
    .close = gated_close,
};

#endif
