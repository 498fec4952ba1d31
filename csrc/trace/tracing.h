/* What the trace source does on every Python: events of hooks become enter, line and
   leave of a recorder, and threads that run measured code get a hook.

   Which threads need one tells sys.monitoring from 3.12 on (source_trace.c), and the
   frame evaluator on 3.11 (py311/gated_source.c). */

#ifndef LINEPROF_TRACE_TRACING_H
#define LINEPROF_TRACE_TRACING_H

#include "record/recorder.h"
#include "source.h"
#include "trace/hook.h"

typedef struct {
    source base;
    recorder *rec;     /* borrowed */
    hook_group *hooks; /* owned; its owner is this */
    bool marks_all;    /* each measured frame gets the mark, see hook_mark_frame();
                          otherwise those whose code names settrace */
} tracing;

/* Code whose frames may be suspended. */
#define GENERATOR_FLAGS (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)

/* What no event says: how a frame of such code is entered. */
enter_kind tracing_enter_kind(PyFrameObject *frame, PyCodeObject *code);

/* How a frame is left. `arg` is what it returns or yields, NULL if an exception leaves
   it. */
leave_kind tracing_leave_kind(PyFrameObject *frame, PyCodeObject *code, PyObject *arg);

/* Set up the common part: 0, or -1 with an exception set and nothing to free. `on_loss`
   as in hook_client. */
int tracing_init(tracing *src, PyObject *module, recorder *rec, hook_callback on_event,
                 void (*on_loss)(void *owner));

/* Free the common part. */
void tracing_free(tracing *src);

/* Have hooks on threads that run an entry, or any measured code if it is NULL.
   `reached` is told of each such thread; it may be NULL. May leave an exception set. */
void tracing_attach(tracing *src, const registry_entry *entry,
                    void (*reached)(tracing *src, PyThreadState *state));

/* Take the hooks of a source that has stopped out of their threads. Those that cannot
   be reached withdraw at their next event. */
void tracing_tidy(void);

/* Whether any measured code runs on a thread. */
bool tracing_is_run_by(const tracing *src, PyThreadState *state);

/* -- Events --------------------------------------------------------------------------
 */

static inline void
tracing_enter(const tracing *src, trace_hook *hook, PyFrameObject *frame,
              PyCodeObject *code, uint64_t now)
{
    enter_kind kind = ENTER_START;
    if ((code->co_flags & GENERATOR_FLAGS) && recorder_measures(src->rec, code)) {
        kind = tracing_enter_kind(frame, code);
    }
    const registry_entry *entry = recorder_enter(src->rec, code, frame, kind, now);
    if (entry != NULL && (src->marks_all || entry->info.names_settrace)) {
        hook_mark_frame(hook, frame);
    }
}

static inline void
tracing_leave(const tracing *src, PyFrameObject *frame, PyCodeObject *code,
              PyObject *arg, uint64_t now)
{
    if (!(code->co_flags & GENERATOR_FLAGS)) {
        recorder_leave(src->rec, code, frame, LEAVE_END, now);
    }
    else if (recorder_measures(src->rec, code)) {
        recorder_leave(src->rec, code, frame, tracing_leave_kind(frame, code, arg),
                       now);
    }
}

/* Record an event. If it was a line of the frame that was running: the activation.
   Otherwise NULL; Python code may have run then, and closed the source. */
static inline const activation *
tracing_record(trace_hook *hook, PyFrameObject *frame, int what, PyObject *arg)
{
    const tracing *src = hook->group->client.owner;
    recorder *rec = src->rec;
    uint64_t now = recorder_now(rec);
    if (recorder_now_ran_python(rec) && !hook->group->running) {
        return NULL; /* closed meanwhile */
    }
    if (LIKELY(what == PyTrace_LINE)) {
        const activation *act =
            recorder_line_on_top(rec, frame, compat_line(frame), now);
        if (LIKELY(act != NULL)) {
            hook->entered = NULL;
            return act;
        }
    }
    const void *entered = hook->entered;
    hook->entered = NULL;
    PyCodeObject *code = PyFrame_GetCode(frame);
    Py_DECREF(code); /* the frame holds it */
    if (what == PyTrace_CALL && frame != entered) {
        tracing_enter(src, hook, frame, code, now);
    }
    else if (what == PyTrace_LINE && recorder_measures(rec, code)) {
        recorder_line(rec, code, frame, PyFrame_GetLineNumber(frame), now);
    }
    else if (what == PyTrace_RETURN) {
        tracing_leave(src, frame, code, arg, now);
    }
    else if (what == PyTrace_EXCEPTION) {
        recorder_aside(rec, frame, EVENT_RAISED, now);
    }
    return NULL;
}

#endif
