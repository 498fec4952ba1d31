#include "trace/frame_state.h"

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
frame_state_enter(PyFrameObject *frame, PyCodeObject *code)
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
frame_state_leave(PyFrameObject *frame, PyCodeObject *code, PyObject *arg)
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
