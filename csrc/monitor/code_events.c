#include "monitor/code_events.h"

#include "monitor/long_code.h"

#if HAVE_MONITORING

/* Exactly these: an event that is not needed costs time, one that is missing costs
   hits. */
static int
local_events(const monitor_tool *tool, const registry_entry *entry)
{
    int events = tool_bit(tool, AT_START) | tool_bit(tool, AT_RESUME) |
                 tool_bit(tool, AT_YIELD) | tool_bit(tool, AT_RETURN);
    if (HAVE_LOCAL_UNWIND) {
        events |= tool_bit(tool, AT_UNWIND) | tool_bit(tool, AT_THROW);
    }
    if (entry->long_code != NULL) {
        events |= tool_bit(tool, AT_INSTRUCTION);
        return CALL_LEAVES_LINE ? events | tool_bit(tool, AT_CALL) : events;
    }
    events |= tool_bit(tool, AT_LINE);
    if (entry->info.same_line_jumps) {
        events |= tool_bit(tool, AT_JUMP);
    }
    return events;
}

int
code_events_start(shared_tool *shared)
{
    const monitor_tool *tool = &shared->tool;
    int events = shared->handled_on ? tool_bit(tool, AT_HANDLED) : 0;
    if (!HAVE_LOCAL_UNWIND) {
        events |= tool_bit(tool, AT_UNWIND) | tool_bit(tool, AT_THROW);
    }
    return events == 0 ? 0 : tool_set_global(&shared->tool, events);
}

/* Have EXCEPTION_HANDLED, too. */
static int
start_handled(shared_tool *shared)
{
    if (shared->handled_on) {
        return 0;
    }
    shared->handled_on = true;
    if (code_events_start(shared) < 0) {
        shared->handled_on = false;
        return -1;
    }
    return 0;
}

int
code_events_arm(shared_tool *shared, registry_entry *entry)
{
    monitor_tool *tool = &shared->tool;
    if (long_code_prepare(entry) < 0) {
        return -1;
    }
    if (entry->long_code != NULL) {
        if (long_code_handles(entry) && start_handled(shared) < 0) {
            return -1;
        }
        return tool_set_local_instructions(tool, entry->code,
                                           local_events(tool, entry));
    }
    if (tool_keep_opcodes(tool, entry) < 0) {
        return -1;
    }
    return tool_set_local(tool, entry->code, local_events(tool, entry));
}

void
code_events_disarm(shared_tool *shared, const registry_entry *entry)
{
    compat_error pending = compat_error_take();
    if (tool_set_local(&shared->tool, entry->code, 0) < 0) {
        PyErr_Clear();
    }
    compat_error_put_back(pending);
}

#endif
