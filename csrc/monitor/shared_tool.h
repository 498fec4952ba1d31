/* Tools of sys.monitoring, and the event sources that share them.

   There are six tool ids. Where none is free a source shares the tool of another. That
   works because the events of a code object depend on the code object alone, and each
   source ignores code that it does not measure. */

#ifndef LINEPROF_MONITOR_SHARED_TOOL_H
#define LINEPROF_MONITOR_SHARED_TOOL_H

#include "monitor/tool.h"
#include "source.h"

#if HAVE_MONITORING

/* What a source that uses a tool is to it. */
typedef struct tool_member {
    struct tool_member *next;   /* borrowed; of the same tool */
    struct shared_tool *shared; /* borrowed; NULL: the source has stopped */
    recorder *rec;              /* borrowed */
} tool_member;

/* A tool. It is never freed while the interpreter runs: one of its callbacks may be
   running when the last source stops. */
typedef struct shared_tool {
    struct shared_tool *next; /* owned; of the interpreter */
    tool_member *first;       /* borrowed; NULL: the tool is closed */
    unsigned int changes;     /* counts members that came or went */
    bool handled_on;          /* EXCEPTION_HANDLED is among the global events */
    monitor_tool tool;        /* its callbacks belong to the first member */
} shared_tool;

/* Take a tool, or share one if no id is free: 0, or -1 with an exception set. */
int
shared_tool_join(core_state *state, tool_member *member, const tool_event *table);

/* The last member closes the tool. */
void
shared_tool_leave(tool_member *member);

/* Whether another member measures the code object. */
bool
shared_tool_has_other(const tool_member *member, const PyCodeObject *code);

/* For the module: all tools of the interpreter. */
int
shared_tools_traverse(const core_state *state, visitproc visit, void *arg);
void
shared_tools_clear(core_state *state);

#endif
#endif
