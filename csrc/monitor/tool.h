/* sys.monitoring from C: one tool, its callbacks, its events. */

#ifndef LINEPROF_MONITOR_TOOL_H
#define LINEPROF_MONITOR_TOOL_H

#include "record/recorder.h"

#if HAVE_MONITORING

/* What sys.monitoring calls: its vectorcall slot is the C function itself, so that
   nothing comes between. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    void *owner;  /* borrowed: the source; NULL once it has closed */
    void *direct; /* borrowed: the only recorder, if it reads the counter; or NULL */
} tool_callback;

/* The owner of a callback; NULL if it has closed, or if there are fewer arguments than
   any event has. Anybody can get hold of a callback and call it, so the arguments have
   to be checked before they are used. */
static inline void *
tool_owner(PyObject *self, size_t nargsf)
{
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    if (UNLIKELY(count < 2)) {
        return NULL;
    }
    return ((tool_callback *)self)->owner;
}

/* tool_callback.direct of a callback that was called with `count` arguments; NULL if it
   was not: tool_owner() has to be asked. */
static inline void *
tool_direct(PyObject *self, size_t nargsf, uint32_t count)
{
    /* There is a flag in the upper half. */
    bool usual = (uint32_t)nargsf == count;
    return LIKELY(usual) ? ((tool_callback *)self)->direct : NULL;
}

extern PyType_Spec tool_callback_spec;

/* One row of the table that opening and closing both walk. */
typedef struct {
    const char *name; /* as in sys.monitoring.events */
    vectorcallfunc call;
} tool_event;

#define TOOL_MOST_EVENTS 12

/* Holds all that closing needs, so that closing cannot fail for want of memory. */
typedef struct {
    const tool_event *table;     /* borrowed; ends with a NULL name */
    int id;                      /* -1: no tool in use */
    PyObject *id_object;         /* owned; the same */
    PyObject *zero;              /* owned */
    PyObject *disable;           /* owned; sys.monitoring.DISABLE */
    PyObject *set_events;        /* owned; functions of sys.monitoring ... */
    PyObject *set_local_events;  /* owned */
    PyObject *register_callback; /* owned */
    PyObject *free_tool_id;      /* owned */
    int bits[TOOL_MOST_EVENTS];  /* event values, as in the table */
    PyObject *bit_objects[TOOL_MOST_EVENTS]; /* owned; the same */
    PyObject *callbacks[TOOL_MOST_EVENTS];   /* owned, as in the table; kept until
                                                tool_free(), as one may be running */
} monitor_tool;

/* Take a tool id and register the callbacks: 0, or -1 with an exception set and
   nothing taken. RuntimeError if no tool id is free. */
int tool_open(monitor_tool *tool, const tool_event *table, PyTypeObject *callback_type,
              void *owner);

/* The value of an event, by its place in the table. */
static inline int
tool_bit(const monitor_tool *tool, int place)
{
    return tool->bits[place];
}

/* 0, or -1 with an exception set. */
int tool_set_global(monitor_tool *tool, int events);
int tool_set_local(monitor_tool *tool, PyCodeObject *code, int events);

/* tool_set_local() for events with INSTRUCTION among them. CPython 3.12 and 3.13 forget
   which tool has INSTRUCTION events on a code object when a second tool asks for
   another event there (a profile function is enough), unless there were two tools from
   the start. So this takes a second one for a moment. */
int tool_set_local_instructions(monitor_tool *tool, PyCodeObject *code, int events);

/* Prepare the code of an entry that has no events, once: 0, or -1 with an exception
   set. Otherwise 3.13 and later forget the INSTRUCTION events that a debugger asks for
   by `frame.f_trace_opcodes`, and it stops a line late. */
int tool_keep_opcodes(monitor_tool *tool, registry_entry *entry);

/* Undo everything except local events, which must have been set to 0. Does not change
   the exception. */
void tool_close(monitor_tool *tool);

/* Give the callbacks another owner; `direct` may be NULL, as it is at first. */
void tool_set_owner(monitor_tool *tool, void *owner, void *direct);

/* Let go of the callbacks of a closed tool. */
void tool_free(monitor_tool *tool);

#endif
#endif
