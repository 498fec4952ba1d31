#include "record/threads.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_STACK 32
#define FIRST_PRUNE (2 * MOST_ENDED_THREADS)

THREAD_LOCAL thread_slot thread_slots[THREAD_SLOTS];
const thread_record threads_none = {.state_id = UINT64_MAX};

void
threads_init(thread_list *threads, uint64_t *next_key)
{
    threads->shard = NULL;
    threads->first = NULL;
    threads->count = 0;
    threads->prune_at = FIRST_PRUNE;
    threads->next_key = next_key;
    threads->prepare = NULL;
    threads->prepare_context = NULL;
    threads_invalidate(threads);
}

static void
function_free(shard *own, function_record *function)
{
    if (function != NULL) {
        linetable_free(own, function->lines);
        shard_free(own, function);
    }
}

static void
thread_forget_greenlets(thread_record *thread)
{
    size_t slot = 0;
    framemap_item *item;
    while ((item = framemap_next(&thread->parked, &slot)) != NULL) {
        free(item->stack);
    }
    framemap_free(&thread->parked);
    thread->greenlet = NULL;
    thread->traced = false;
}

void
threads_forget_greenlets(thread_list *threads)
{
    for (thread_record *thread = threads->first; thread; thread = thread->next) {
        thread_forget_greenlets(thread);
    }
}

static void
thread_free(thread_record *thread)
{
    if (thread == NULL) {
        return;
    }
    thread_forget_greenlets(thread);
    for (Py_ssize_t i = 0; i < thread->room; i++) {
        function_free(thread->shard, thread->functions[i]);
    }
    shard *own = thread->shard;
    free(thread->functions);
    shard_free(own, thread->stack);
    shard_free(own, thread);
}

void
threads_free(thread_list *threads)
{
    shard_keep(threads->shard);
    while (threads->first != NULL) {
        thread_record *next = threads->first->next;
        thread_free(threads->first);
        threads->first = next;
    }
    threads->count = 0;
    /* Slots of other threads may still point here. */
    threads_invalidate(threads);
}

static thread_record *
thread_new(shard *own, unsigned long ident, uint64_t state_id)
{
    thread_record *thread = shard_alloc(own, SHARD_THREAD, NULL, sizeof(thread_record));
    if (thread == NULL) {
        return NULL;
    }
    thread->stack =
        shard_alloc(own, SHARD_STACK, thread, FIRST_STACK * sizeof(activation));
    if (thread->stack == NULL) {
        shard_free(own, thread);
        return NULL;
    }
    thread->shard = own;
    thread->top = thread->stack;
    thread->limit = thread->stack + FIRST_STACK;
    thread->ident = ident;
    thread->state_id = state_id;
    return thread;
}

void
thread_drop_parked(thread_record *thread)
{
    size_t slot = 0;
    framemap_item *item;
    while ((item = framemap_next(&thread->parked, &slot)) != NULL) {
        parked_stack *parked = item->stack;
        Py_ssize_t kept = 0;
        for (Py_ssize_t i = 0; i < parked->count; i++) {
            if (!thread_leaves_out(parked->activations[i].function->entry, kept)) {
                parked->activations[kept++] = parked->activations[i];
            }
        }
        parked->count = kept;
    }
}

static void
thread_forget_lookups(thread_record *thread)
{
    thread->last_code = thread->last_miss = NULL;
    thread->last_function = NULL;
}

void
threads_forget_lookups(thread_list *threads)
{
    for (thread_record *thread = threads->first; thread; thread = thread->next) {
        thread_forget_lookups(thread);
    }
}

bool
thread_grow_stack(thread_record *thread)
{
    size_t depth = (size_t)(thread->top - thread->stack);
    size_t room = 2 * (size_t)(thread->limit - thread->stack);
    activation *stack =
        shard_alloc(thread->shard, SHARD_STACK, thread, room * sizeof(activation));
    if (stack == NULL) {
        return false;
    }
    activation *before = thread->stack;
    memcpy(stack, before, (depth + 1) * sizeof(activation));
    thread->stack = stack;
    thread->top = stack + depth;
    thread->limit = stack + room;
    shard_free(thread->shard, before);
    return true;
}

function_record *
thread_function(thread_record *thread, registry_entry *entry)
{
    if (entry->index >= thread->room) {
        Py_ssize_t room = thread->room ? thread->room : 8;
        while (room <= entry->index) {
            room *= 2;
        }
        function_record **functions =
            realloc(thread->functions, (size_t)room * sizeof(function_record *));
        if (functions == NULL) {
            return NULL;
        }
        memset(functions + thread->room, 0,
               (size_t)(room - thread->room) * sizeof(function_record *));
        thread->functions = functions;
        thread->room = room;
    }
    function_record *function = thread->functions[entry->index];
    if (function == NULL) {
        shard *own = thread->shard;
        function = shard_alloc(own, SHARD_FUNCTION, thread, sizeof(function_record));
        if (function == NULL) {
            return NULL;
        }
        function->entry = entry;
        function->lines = linetable_new(own, function, entry->info.first_line,
                                        entry->info.last_line, entry->info.kinds);
        if (function->lines == NULL) {
            shard_free(own, function);
            return NULL;
        }
        thread->functions[entry->index] = function;
    }
    return function;
}

void
threads_mark_ended(thread_list *threads)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    for (thread_record *thread = threads->first; thread; thread = thread->next) {
        bool alive = false;
        for (PyThreadState *state = PyInterpreterState_ThreadHead(interp);
             state != NULL && !alive && !thread->ended;
             state = PyThreadState_Next(state)) {
            alive = PyThreadState_GetID(state) == thread->state_id;
        }
        thread->ended = !alive;
    }
}

/* Add the numbers of `from`, which has ended, to `into`; false if memory was short and
   some of them are still in `from`. What it had open was left at its last event. */
static bool
thread_merge(thread_record *into, thread_record *from)
{
    while (from->top > from->stack) {
        stack_close(from, from->last);
    }
    thread_forget_greenlets(from);
    thread_forget_lookups(from);
    for (Py_ssize_t i = 0; i < from->room; i++) {
        function_record *function = from->functions[i];
        if (function == NULL) {
            continue;
        }
        function_record *sum = thread_function(into, function->entry);
        if (sum == NULL || !linetable_merge(into->shard, sum->lines, function->lines)) {
            return false;
        }
        sum->calls += function->calls;
        sum->total += function->total;
        sum->cost += function->cost;
        from->functions[i] = NULL;
        function_free(from->shard, function);
    }
    return true;
}

/* Keep the records of the latest ended threads, add up the others. The list has
   the newest first. */
static void
threads_prune(thread_list *threads)
{
    threads_mark_ended(threads);
    thread_record *sum = NULL;
    for (thread_record *thread = threads->first; thread; thread = thread->next) {
        if (thread->ident == 0) {
            sum = thread;
        }
    }
    Py_ssize_t ended = 0;
    thread_record **link = &threads->first;
    while (*link != NULL) {
        thread_record *thread = *link;
        if (thread == sum || !thread->ended || ++ended <= MOST_ENDED_THREADS) {
            link = &thread->next;
            continue;
        }
        if (sum == NULL) {
            thread->ident = 0; /* the first one becomes the sum */
            sum = thread;
            link = &thread->next;
            continue;
        }
        if (!thread_merge(sum, thread)) {
            break;
        }
        *link = thread->next;
        threads->count--;
        thread_free(thread);
    }
    threads->prune_at = 2 * threads->count;
    if (threads->prune_at < FIRST_PRUNE) {
        threads->prune_at = FIRST_PRUNE;
    }
    threads_invalidate(threads);
}

NOINLINE thread_record *
threads_find(thread_list *threads)
{
    uint64_t state_id = compat_thread_state()->id;
    const thread_slot *slot = &thread_slots[threads->key % THREAD_SLOTS];
    if (slot->key == threads->key) {
        assert(slot->record != NULL);
        threads->latest = slot->record;
        /* Another one, if C code has let go of its state and taken a new one. */
        slot->record->state_id = state_id;
        return slot->record;
    }
    unsigned long ident = PyThread_get_thread_ident();
    thread_record *thread = threads->first;
    while (thread != NULL && thread->state_id != state_id) {
        thread = thread->next;
    }
    if (thread == NULL) {
        if (threads->count >= threads->prune_at) {
            threads_prune(threads);
        }
        thread = thread_new(threads->shard, ident, state_id);
        if (thread == NULL) {
            return NULL;
        }
        thread->next = threads->first;
        threads->first = thread;
        threads->count++;
    }
    uint64_t key = threads->key; /* the preparer may have it changed */
    if (threads->prepare == NULL ||
        threads->prepare(threads->prepare_context, thread, false)) {
        thread_slots[key % THREAD_SLOTS] = (thread_slot){.key = key, .record = thread};
        if (key == threads->key) {
            threads->latest = thread;
        }
    }
    return thread;
}
