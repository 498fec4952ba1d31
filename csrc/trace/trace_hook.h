/* The trace function of one thread, among those of others.

   A hook is called for every frame of its thread, asks the recorder only about
   measured code, and hands each event on to the trace function it found in its
   place, which is there again when it goes.

   sys.gettrace() returns the hook, so it can be called as trace functions written
   in Python are, and puts itself back in place then: that is what makes
   sys.settrace(sys.gettrace()) harmless. Another, the mark, sits in `f_trace` of
   measured frames, so that we get the next line of the running frame in that way. What
   a hook is placed upon is settled when it is made: replaced, then set again by name,
   it stands where it stood. */

#ifndef LINEPROF_TRACE_TRACE_HOOK_H
#define LINEPROF_TRACE_TRACE_HOOK_H

#include "trace/hook_chain.h"

extern PyType_Spec trace_hook_spec;

/* NULL with an exception set. */
hook_group *
hook_group_new(PyTypeObject *type, recorder *rec);

/* Hooks that are left do nothing more. */
void
hook_group_close(hook_group *group);

/* Record the entering of a frame, whose CALL event may or may not come as well. */
void
hook_enter(trace_hook *hook, PyFrameObject *frame, PyCodeObject *code, enter_kind kind,
           uint64_t now);

/* Record PyTrace_LINE or PyTrace_RETURN of a frame that no hook was there for. */
void
hook_make_up_for(trace_hook *hook, PyFrameObject *frame, int what);

/* Record the end of a frame whose last line ran untraced: see gate.h. */
void
hook_end(hook_group *group, PyFrameObject *frame, PyCodeObject *code);

#endif
