#include "trace/tracing.h"

#include "state.h"

/* Find opcode and argument of the instruction where a frame stands. Not in the running
   code, where instrumentation may have replaced them. */
static bool
frame_instruction(PyFrameObject *frame, PyCodeObject *code, int *opcode, int *oparg)
{
    int offset = PyFrame_GetLasti(frame);
    PyObject *bytes = PyCode_GetCode(code);
    bool found = bytes != NULL && offset >= 0 && offset + 1 < PyBytes_GET_SIZE(bytes);
    if (found) {
        const unsigned char *at = (unsigned char *)PyBytes_AS_STRING(bytes) + offset;
        *opcode = at[0];
        *oparg = at[1];
    }
    else {
        PyErr_Clear();
    }
    Py_XDECREF(bytes);
    return found;
}

/* RESUME says where it stands: 0 at the start of a function, else after a yield. */
#define RESUME_PLACE 3

enter_kind
tracing_enter_kind(PyFrameObject *frame, PyCodeObject *code)
{
    int opcode, oparg;
    if (compat_never_ran(code, PyFrame_GetLasti(frame))) {
        return ENTER_THROW;
    }
    bool starts = frame_instruction(frame, code, &opcode, &oparg) &&
                  compat_is_resume(opcode) && (oparg & RESUME_PLACE) == 0;
    return starts ? ENTER_START : ENTER_RESUME;
}

/* A frame that suspends itself stands at the yield, from 3.13 on at the RESUME behind
   it. */
leave_kind
tracing_leave_kind(PyFrameObject *frame, PyCodeObject *code, PyObject *arg)
{
    int opcode, oparg;
    if (!(code->co_flags & GENERATOR_FLAGS) || arg == NULL) {
        return LEAVE_END;
    }
    bool suspends = frame_instruction(frame, code, &opcode, &oparg) &&
                    (opcode == YIELD_VALUE ||
                     (compat_is_resume(opcode) && (oparg & RESUME_PLACE) != 0));
    return suspends ? LEAVE_SUSPEND : LEAVE_END;
}

/* Whether a frame of an entry, or of any measured code if it is NULL, runs on a thread.
   The collector must not run: 3.11 runs it as frame objects are made, so finalizers and
   other threads run, and the frame or the thread may end meanwhile. */
static bool
runs_code(const recorder *rec, PyThreadState *state, const registry_entry *wanted)
{
    bool found = false;
    PyFrameObject *frame = PyThreadState_GetFrame(state);
    while (frame != NULL && !found) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        registry_entry *entry = registry_find(&rec->registry, code);
        found = wanted != NULL ? entry == wanted : entry != NULL && entry->active;
        Py_DECREF(code);
        PyFrameObject *back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    Py_XDECREF(frame);
    return found;
}

bool
tracing_is_run_by(const tracing *src, PyThreadState *state)
{
    return runs_code(src->rec, state, NULL);
}

void
tracing_attach(tracing *src, const registry_entry *entry,
               void (*reached)(tracing *src, PyThreadState *state))
{
    PyThreadState *own = PyThreadState_Get();
    int collects = PyGC_Disable(); /* runs_code() */
    for (PyThreadState *state = PyInterpreterState_ThreadHead(own->interp);
         state != NULL; state = PyThreadState_Next(state)) {
        if ((state == own || HAVE_SET_TRACE_OF_THREAD) &&
            runs_code(src->rec, state, entry) && hook_have(src->hooks, state) != NULL &&
            reached != NULL) {
            reached(src, state);
        }
    }
    if (collects) {
        PyGC_Enable();
    }
}

void
tracing_tidy(void)
{
    PyThreadState *own = PyThreadState_Get();
    for (PyThreadState *state = PyInterpreterState_ThreadHead(own->interp);
         state != NULL; state = PyThreadState_Next(state)) {
        if (state == own || HAVE_SET_TRACE_OF_THREAD) {
            hook_tidy(state);
        }
    }
}

int
tracing_init(tracing *src, PyObject *module, recorder *rec, hook_callback on_event,
             void (*on_loss)(void *owner))
{
    const core_state *state = PyModule_GetState(module);
    hook_client client = {.on_event = on_event,
                          .owner = src,
                          .on_loss = on_loss,
                          .timer = &rec->timer,
                          .incomplete = &rec->short_of_memory};
    src->base.kind = &source_trace;
    src->rec = rec;
    src->hooks = hook_group_new(state->hook_type, &client);
    return src->hooks == NULL ? -1 : 0;
}

void
tracing_free(tracing *src)
{
    hook_group_close(src->hooks);
    src->hooks = NULL;
}
