#include "monitor/shared_tool.h"

#if HAVE_MONITORING

static void
add_member(monitor_hub *hub, hub_member *member)
{
    member->next = hub->first;
    member->hub = hub;
    hub->first = member;
    hub->changes++;
    monitoring_set_owner(&hub->tool, member);
}

void
hub_leave(hub_member *member)
{
    monitor_hub *hub = member->hub;
    if (hub->first == member && member->next == NULL) {
        monitoring_close(&hub->tool); /* there may be events until then */
    }
    hub_member **link = &hub->first;
    while (*link != member) {
        link = &(*link)->next;
    }
    *link = member->next;
    member->next = NULL;
    member->hub = NULL;
    hub->changes++;
    monitoring_set_owner(&hub->tool, hub->first);
}

/* A hub without members, made at need; NULL with an exception set. */
static monitor_hub *
unused_hub(core_state *state)
{
    monitor_hub *hub = state->hubs;
    while (hub != NULL && hub->first != NULL) {
        hub = hub->next;
    }
    if (hub == NULL) {
        hub = PyMem_Calloc(1, sizeof(monitor_hub));
        if (hub == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        hub->tool.id = -1;
        hub->next = state->hubs;
        state->hubs = hub;
    }
    return hub;
}

static Py_ssize_t
count_members(const monitor_hub *hub)
{
    Py_ssize_t count = 0;
    for (const hub_member *member = hub->first; member; member = member->next) {
        count++;
    }
    return count;
}

/* Of the hubs in use the one with the fewest members; NULL if there is none. */
static monitor_hub *
emptiest_hub(const core_state *state)
{
    monitor_hub *best = NULL;
    for (monitor_hub *hub = state->hubs; hub != NULL; hub = hub->next) {
        if (hub->first != NULL &&
            (best == NULL || count_members(hub) < count_members(best))) {
            best = hub;
        }
    }
    return best;
}

int
hub_join(core_state *state, hub_member *member, const monitoring_event *table)
{
    monitor_hub *hub = unused_hub(state);
    if (hub == NULL) {
        return -1;
    }
    hub->handles = false;
    add_member(hub, member);
    if (monitoring_open(&hub->tool, table, state->callback_type, member) == 0) {
        return 0;
    }
    hub_leave(member);
    hub = emptiest_hub(state);
    if (hub == NULL || !PyErr_ExceptionMatches(PyExc_RuntimeError)) {
        return -1;
    }
    PyErr_Clear(); /* no tool id is free */
    add_member(hub, member);
    return 0;
}

bool
hub_shares(const hub_member *member, const PyCodeObject *code)
{
    for (const hub_member *other = member->hub->first; other; other = other->next) {
        const registry_entry *entry = registry_find(&other->rec->registry, code);
        if (other != member && entry != NULL && entry->active) {
            return true;
        }
    }
    return false;
}

int
hubs_traverse(const core_state *state, visitproc visit, void *arg)
{
    for (const monitor_hub *hub = state->hubs; hub != NULL; hub = hub->next) {
        for (int i = 0; i < MONITORING_MOST_EVENTS; i++) {
            Py_VISIT(hub->tool.callbacks[i]);
        }
    }
    return 0;
}

void
hubs_clear(core_state *state)
{
    monitor_hub **link = &state->hubs;
    while (*link != NULL) {
        monitor_hub *hub = *link;
        if (hub->first != NULL) {
            link = &hub->next; /* still at work */
            continue;
        }
        *link = hub->next;
        monitoring_free(&hub->tool);
        PyMem_Free(hub);
    }
}

#endif
