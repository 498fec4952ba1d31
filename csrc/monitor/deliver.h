/* From a callback of sys.monitoring to the sources that share its tool. Inline: the
   hottest functions begin with it. */

#ifndef LINEPROF_MONITOR_DELIVER_H
#define LINEPROF_MONITOR_DELIVER_H

#include "monitor/shared_tool.h"

#if HAVE_MONITORING

/* What an event means to one source. True if it never has to be told again of this kind
   of event at this place. */
typedef bool (*event_function)(tool_member *member, PyObject *const *args,
                               Py_ssize_t count);

static NOINLINE MAYBE_UNUSED bool
deliver_to_all(shared_tool *shared, PyObject *const *args, Py_ssize_t count,
               event_function event)
{
    bool disable = false;
    unsigned int changes = shared->changes;
    for (tool_member *member = shared->first; member; member = member->next) {
        disable |= event(member, args, count);
        if (shared->changes != changes) {
            return false; /* its timer has started or stopped a profiler */
        }
    }
    return disable;
}

/* The whole of a callback: `self`, `args` and `nargsf` are what it was called with. */
static inline PyObject *
deliver(PyObject *self, PyObject *const *args, size_t nargsf, event_function event)
{
    tool_member *first = tool_owner(self, nargsf);
    if (UNLIKELY(first == NULL)) {
        Py_RETURN_NONE;
    }
    shared_tool *shared = first->shared;
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    bool disable = LIKELY(first->next == NULL)
                       ? event(first, args, count)
                       : deliver_to_all(shared, args, count, event);
    return Py_NewRef(disable ? shared->tool.disable : Py_None);
}

/* When an event was, and whose. */
typedef struct {
    recorder *rec;      /* borrowed */
    PyCodeObject *code; /* borrowed */
    const void *frame;  /* identity */
    uint64_t now;       /* ticks */
} event;

/* First thing in nearly every event. False if the user's timer, asked for the time, has
   stopped the profiler. */
static inline bool
event_begin(event *ev, const tool_member *member, PyObject *const *args)
{
    ev->rec = member->rec;
    ev->now = recorder_now(ev->rec);
    if (recorder_now_ran_python(ev->rec) && (member->shared == NULL || member->idle)) {
        return false;
    }
    ev->code = (PyCodeObject *)args[0];
    ev->frame = compat_current_frame();
    return true;
}

/* Of a code object that the source measures now; otherwise NULL. */
static inline const registry_entry *
event_entry(const tool_member *member, PyObject *code)
{
    const registry_entry *entry =
        registry_find(&member->rec->registry, (const PyCodeObject *)code);
    return entry == NULL || !entry->active ? NULL : entry;
}

#endif
#endif
