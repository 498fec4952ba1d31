#include "monitor/shared_tool.h"

#if HAVE_MONITORING

/* Have the callbacks lead to the first member, and straight to its recorder if it is
   the only one and reads the processor's counter. */
static void
set_owner(shared_tool *shared)
{
    tool_member *first = shared->first;
    recorder *direct = NULL;
    if (first != NULL && first->next == NULL && recorder_reads_counter(first->rec)) {
        direct = first->rec;
    }
    tool_set_owner(&shared->tool, first, direct);
}

static void
add_member(shared_tool *shared, tool_member *member)
{
    member->next = shared->first;
    member->shared = shared;
    shared->first = member;
    shared->changes++;
    set_owner(shared);
}

void
shared_tool_leave(core_state *state, tool_member *member)
{
    shared_tool *shared = member->shared;
    bool last = shared->first == member && member->next == NULL;
    if (last && state->tools_opened < SHARED_TOOL_OPENINGS) {
        tool_close(&shared->tool); /* events may come until then */
    }
    tool_member **link = &shared->first;
    while (*link != member) {
        link = &(*link)->next;
    }
    *link = member->next;
    member->next = NULL;
    member->shared = NULL;
    shared->changes++;
    set_owner(shared);
}

static bool
is_idle(const shared_tool *shared)
{
    return shared->first == NULL && shared->tool.id >= 0;
}

/* A closed tool, made at need; NULL with an exception set. */
static shared_tool *
closed_tool(core_state *state)
{
    shared_tool *shared = state->shared_tools;
    while (shared != NULL && shared->tool.id >= 0) {
        shared = shared->next;
    }
    if (shared == NULL) {
        shared = PyMem_Calloc(1, sizeof(shared_tool));
        if (shared == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        shared->tool.id = -1;
        shared->next = state->shared_tools;
        state->shared_tools = shared;
    }
    return shared;
}

static Py_ssize_t
count_members(const shared_tool *shared)
{
    Py_ssize_t count = 0;
    for (const tool_member *member = shared->first; member; member = member->next) {
        count++;
    }
    return count;
}

/* Of the tools that are open, the one with the fewest members; NULL if there is none.
 */
static shared_tool *
emptiest_tool(const core_state *state)
{
    shared_tool *best = NULL;
    for (shared_tool *shared = state->shared_tools; shared != NULL;
         shared = shared->next) {
        if (shared->tool.id >= 0 &&
            (best == NULL || count_members(shared) < count_members(best))) {
            best = shared;
        }
    }
    return best;
}

int
shared_tool_join(core_state *state, tool_member *member, const tool_event *table)
{
    shared_tool *open = emptiest_tool(state);
    bool often = state->tools_opened >= SHARED_TOOL_OPENINGS;
    if (open != NULL && (often || is_idle(open))) {
        add_member(open, member);
        return 0;
    }
    shared_tool *shared = closed_tool(state);
    if (shared == NULL) {
        return -1;
    }
    shared->handled_on = false;
    add_member(shared, member);
    if (tool_open(&shared->tool, table, state->callback_type, member) == 0) {
        state->tools_opened++;
        set_owner(shared);
        return 0;
    }
    shared_tool_leave(state, member);
    if (open == NULL || !PyErr_ExceptionMatches(PyExc_RuntimeError)) {
        return -1;
    }
    PyErr_Clear(); /* no tool id is free */
    add_member(open, member);
    return 0;
}

bool
shared_tool_has_other(const tool_member *member, const PyCodeObject *code)
{
    for (const tool_member *other = member->shared->first; other; other = other->next) {
        const registry_entry *entry = registry_find(&other->rec->registry, code);
        if (other != member && entry != NULL && entry->active) {
            return true;
        }
    }
    return false;
}

int
shared_tools_traverse(const core_state *state, visitproc visit, void *arg)
{
    for (const shared_tool *shared = state->shared_tools; shared != NULL;
         shared = shared->next) {
        for (int i = 0; i < TOOL_MOST_EVENTS; i++) {
            Py_VISIT(shared->tool.callbacks[i]);
        }
    }
    return 0;
}

void
shared_tools_clear(core_state *state)
{
    shared_tool **link = &state->shared_tools;
    while (*link != NULL) {
        shared_tool *shared = *link;
        if (shared->first != NULL) {
            link = &shared->next; /* still at work */
            continue;
        }
        *link = shared->next;
        if (is_idle(shared)) {
            tool_close(&shared->tool);
        }
        tool_free(&shared->tool);
        PyMem_Free(shared);
    }
}

#endif
