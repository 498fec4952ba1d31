/* Numbers and activations of one thread.

   A thread writes only its own record, and finds it through a thread-local cache:
   without a lock or a search. Records outlive their threads; those of ended threads
   beyond MOST_ENDED_THREADS are added up in one. */

#ifndef LINEPROF_RECORD_THREADS_H
#define LINEPROF_RECORD_THREADS_H

#include "record/stack.h"

#define MOST_ENDED_THREADS 64

typedef struct {
    uint64_t key;          /* of the thread_list the record belongs to */
    thread_record *record; /* borrowed */
} thread_slot;

/* Places a tracer of greenlet switches on the calling thread, whose record is given.
   `lost`: the event at hand shows that a switch was missed. False if it has to be
   called again at the next event. Never raises. */
typedef bool (*thread_preparer)(void *context, thread_record *thread, bool lost);

/* Of no thread. */
extern const thread_record threads_none;

typedef struct {
    shard *shard;          /* borrowed; where records are kept; NULL: on the heap */
    thread_record *first;  /* owned */
    thread_record *latest; /* borrowed; asked for last, or threads_none */
    Py_ssize_t count;
    Py_ssize_t prune_at; /* count at which ended threads are looked for */
    uint64_t key;        /* unique in the process; changed to invalidate all caches */
    uint64_t *next_key;  /* borrowed from the module's state */
    thread_preparer prepare; /* called when a cache is filled, or NULL */
    void *prepare_context;   /* borrowed */
} thread_list;

#define THREAD_SLOTS 4 /* profilers at work at once that do not share a slot */
extern THREAD_LOCAL thread_slot thread_slots[THREAD_SLOTS];

void threads_init(thread_list *threads, uint64_t *next_key);

void threads_free(thread_list *threads);

/* Record of the calling thread, made at need; NULL if memory is short. */
thread_record *threads_find(thread_list *threads);

static inline thread_record *
threads_current(thread_list *threads)
{
    thread_record *thread = threads->latest;
    if (LIKELY(thread->state_id == compat_thread_state()->id)) {
        return thread;
    }
    return threads_find(threads);
}

/* Make every thread look its record up anew, and call the preparer. */
static inline void
threads_invalidate(thread_list *threads)
{
    threads->key = (*threads->next_key)++;
    threads->latest = (thread_record *)&threads_none;
}

/* Forget what is known of greenlets. */
void threads_forget_greenlets(thread_list *threads);

/* Find out which threads have ended. Needs the GIL. */
void threads_mark_ended(thread_list *threads);

/* Numbers of a function on the thread, made at need; NULL if memory is short. */
function_record *thread_function(thread_record *thread, registry_entry *entry);

/* Drop parked activations of functions that are not measured any more. */
void thread_drop_parked(thread_record *thread);

/* To be called when registry_entry.active of any entry has changed; `beneath` may
   change freely. */
void threads_forget_lookups(thread_list *threads);

/* Make room for one more activation; false if memory is short. */
bool thread_grow_stack(thread_record *thread);

#endif
