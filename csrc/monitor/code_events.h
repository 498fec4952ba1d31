/* The events of one code object: which it needs, and how they are switched on. */

#ifndef LINEPROF_MONITOR_CODE_EVENTS_H
#define LINEPROF_MONITOR_CODE_EVENTS_H

#include "monitor/shared_tool.h"

#if HAVE_MONITORING

/* Rows of the event table in source_monitor.c. */
enum {
    AT_LINE,
    AT_START,
    AT_RESUME,
    AT_YIELD,
    AT_RETURN,
    AT_UNWIND,
    AT_THROW,
    AT_JUMP,
    AT_INSTRUCTION,
    AT_CALL,
    AT_HANDLED,
};

/* Switch on the global events of a tool: those that cannot be set on code objects. 0,
   or -1 with an exception set. */
int code_events_start(shared_tool *shared);

/* Switch on the events of a code object: 0, or -1 with an exception set. */
int code_events_arm(shared_tool *shared, registry_entry *entry);

/* Switch off its events. Never fails; does not change the exception. */
void code_events_disarm(shared_tool *shared, const registry_entry *entry);

#endif
#endif
