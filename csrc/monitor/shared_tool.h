/* Tools of sys.monitoring, and the event sources that share them.

   There are six tool ids. Where none is free a source shares the tool of another. That
   works because the events of a code object depend on the code object alone, and each
   source ignores code that it does not measure.

   CPython allows some 16 million changes of global events in the life of a process, by
   all tools together; every later one raises. Opening and closing a tool takes two. So
   members that come and go often stay, idle, and once tools were opened very often one
   stays open when its last member leaves. Without local events it is called for
   exceptions alone. */

#ifndef LINEPROF_MONITOR_SHARED_TOOL_H
#define LINEPROF_MONITOR_SHARED_TOOL_H

#include "monitor/tool.h"
#include "source.h"
#include "state.h"

#if HAVE_MONITORING

enum { SHARED_TOOL_OPENINGS = 100000 };

/* What a source that uses a tool is to it. */
typedef struct tool_member {
    struct tool_member *next;   /* borrowed; of the same tool */
    struct shared_tool *shared; /* borrowed; NULL: the source has stopped */
    recorder *rec;              /* borrowed */
    bool idle;                  /* measures nothing just now */
} tool_member;

/* A tool. It is never freed while the interpreter runs: one of its callbacks may be
   running when the last source stops. */
typedef struct shared_tool {
    struct shared_tool *next; /* owned; of the interpreter */
    tool_member *first;       /* borrowed; NULL: the tool is closed, or idle */
    unsigned int changes;     /* counts members that came or went */
    bool handled_on;          /* EXCEPTION_HANDLED is among the global events */
    monitor_tool tool;        /* its callbacks belong to the first member */
} shared_tool;

/* Take a tool, or share one if no id is free or tools were opened often: 0, or -1 with
   an exception set. */
int shared_tool_join(core_state *state, tool_member *member, const tool_event *table);

/* The last member closes the tool, unless tools were opened often. */
void shared_tool_leave(core_state *state, tool_member *member);

/* Whether another member measures the code object. */
bool shared_tool_has_other(const tool_member *member, const PyCodeObject *code);

/* For the module: all tools of the interpreter. */
int shared_tools_traverse(const core_state *state, visitproc visit, void *arg);
void shared_tools_clear(core_state *state);

#endif
#endif
