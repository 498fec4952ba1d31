/* sys.monitoring from C: one tool, its callbacks, its events. */

#ifndef LINEPROF_MONITOR_TOOL_H
#define LINEPROF_MONITOR_TOOL_H

#include "record/recorder.h"

#if HAVE_MONITORING

/* A callable that sys.monitoring calls without a detour: its vectorcall slot is the
   C function itself. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    void *owner; /* borrowed: the source; NULL once it has closed */
} monitoring_callback;

/* The event source behind a callback; NULL if it has closed, or if there are fewer
   arguments than any event has. Anybody can get hold of a callback and call it, so
   that what the arguments are has to be checked before it is relied on. */
static inline void *
monitoring_owner(PyObject *self, size_t nargsf)
{
    Py_ssize_t count = PyVectorcall_NARGS(nargsf);
    if (UNLIKELY(count < 2)) {
        return NULL;
    }
    return ((monitoring_callback *)self)->owner;
}

extern PyType_Spec monitoring_callback_spec;

/* One row of a table that start and stop both walk. */
typedef struct {
    const char *name; /* as in sys.monitoring.events */
    vectorcallfunc call;
} monitoring_event;

#define MONITORING_MOST_EVENTS 12

/* All that undoing needs is at hand, so that it cannot fail for want of memory. */
typedef struct {
    const monitoring_event *table;    /* borrowed; ends with a NULL name */
    int id;                           /* -1: no tool in use */
    PyObject *id_object;              /* owned; the same */
    PyObject *zero;                   /* owned */
    PyObject *disable;                /* owned; sys.monitoring.DISABLE */
    PyObject *set_events;             /* owned; functions of sys.monitoring ... */
    PyObject *set_local_events;       /* owned */
    PyObject *register_callback;      /* owned */
    PyObject *free_tool_id;           /* owned */
    int bits[MONITORING_MOST_EVENTS]; /* event values, as in the table */
    PyObject *bit_objects[MONITORING_MOST_EVENTS]; /* owned; the same */
    PyObject *callbacks[MONITORING_MOST_EVENTS];   /* owned, as in the table; until
                                                      monitoring_free(): one may run */
} monitoring_tool;

/* Take a tool id and register the callbacks: 0, or -1 with an exception set and
   nothing taken. RuntimeError if no tool id is free. */
int
monitoring_open(monitoring_tool *tool, const monitoring_event *table,
                PyTypeObject *callback_type, void *owner);

/* The value of an event of the table by its place there. */
static inline int
monitoring_bit(const monitoring_tool *tool, int place)
{
    return tool->bits[place];
}

/* 0, or -1 with an exception set. */
int
monitoring_set_global(monitoring_tool *tool, int events);
int
monitoring_set_local(monitoring_tool *tool, PyCodeObject *code, int events);

/* monitoring_set_local() for events with INSTRUCTION among them. CPython 3.12 and 3.13
   forget which tool has INSTRUCTION events on a code object when a second tool comes to
   share another event there (a profile function is enough), unless there were two from
   the start. So there are: a second one for a moment. */
int
monitoring_set_local_instructions(monitoring_tool *tool, PyCodeObject *code,
                                  int events);

/* Prepare a code object, without events as yet, for INSTRUCTION events of
   sys.settrace(), which CPython 3.13 forgets in the same way: a debugger asks for them
   before it sets its trace function, and would stop a line too late. 0, or -1 with an
   exception set. */
int
monitoring_expect_debugger(monitoring_tool *tool, PyCodeObject *code);

/* Undo all of it but local events, which must have been set to 0. Does not change
   the exception. */
void
monitoring_close(monitoring_tool *tool);

/* Have callbacks that were made belong to another event source. */
void
monitoring_set_owner(monitoring_tool *tool, void *owner);

/* Let go of the callbacks of a closed tool. */
void
monitoring_free(monitoring_tool *tool);

#endif
#endif
