/* Tools of sys.monitoring, and the sources that share them.

   There are six tool ids. Where none is free a source shares the tool of another: what
   events code has depends on the code alone, and each source ignores code that it does
   not measure. */

#ifndef LINEPROF_MONITOR_SHARED_TOOL_H
#define LINEPROF_MONITOR_SHARED_TOOL_H

#include "monitor/tool.h"
#include "source.h"

#if HAVE_MONITORING

/* Of a source. */
typedef struct hub_member {
    struct hub_member *next; /* borrowed; of the hub */
    struct monitor_hub *hub; /* borrowed; NULL: stopped */
    recorder *rec;           /* borrowed */
} hub_member;

/* A tool. Once made it stays: a callback may just run when the last source stops. */
typedef struct monitor_hub {
    struct monitor_hub *next; /* owned; of the interpreter */
    hub_member *first;        /* borrowed; NULL: the tool is closed */
    unsigned int changes;     /* counts members that came or went */
    bool handles;             /* EXCEPTION_HANDLED is on */
    monitoring_tool tool;     /* owner of its callbacks is the first member */
} monitor_hub;

/* Take a tool, or share one if no id is free: 0, or -1 with an exception set. */
int
hub_join(core_state *state, hub_member *member, const monitoring_event *table);

/* The tool goes with the last member. */
void
hub_leave(hub_member *member);

/* Whether another member of the hub has code measured. */
bool
hub_shares(const hub_member *member, const PyCodeObject *code);

/* For the module: all hubs. */
int
hubs_traverse(const core_state *state, visitproc visit, void *arg);
void
hubs_clear(core_state *state);

#endif
#endif
