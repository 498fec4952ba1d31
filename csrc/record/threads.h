/* Numbers and activations of one thread.

   A thread writes only its own record, and finds it through a thread-local cache:
   without a lock or a search. Records outlive their threads; those of ended threads
   beyond MOST_ENDED_THREADS are added up in one. */

#ifndef LINEPROF_RECORD_THREADS_H
#define LINEPROF_RECORD_THREADS_H

#include "record/framemap.h"
#include "record/linetable.h"
#include "code/registry.h"

#include <assert.h>

#define MOST_ENDED_THREADS 64

/* Numbers of one function on one thread. */
typedef struct {
    registry_entry *entry; /* borrowed from the registry */
    linetable *lines;      /* owned */
    uint64_t calls;
    uint64_t total; /* ticks, outermost activations */
    uint64_t cost;  /* ticks of total that events took */
    uint32_t open;  /* its activations on the stack */
} function_record;

/* One run of a frame, from enter to leave. */
typedef struct {
    const void *frame;         /* identity, never dereferenced */
    function_record *function; /* borrowed from the thread */
    linetable *lines;          /* borrowed from the function */
    line_cell *cell;           /* borrowed from the function; NULL: no line is open */
    call_edge *edge;           /* borrowed from the caller's cell; NULL: none */
    uint64_t entered;          /* ticks when the frame was entered */
    uint64_t entered_cost;     /* thread's cost then */
    int at; /* line of the instruction executed last, as far as recorder_arrive() and
               recorder_set_at() were told; 0: none */
} activation;

/* Activations of a greenlet that is switched out; closed when it was left. */
typedef struct {
    Py_ssize_t count;
    activation activations[]; /* the outermost first */
} parked_stack;

typedef struct thread_record {
    struct thread_record *next;    /* owned */
    unsigned long ident;           /* as threading.get_ident(); 0: the sum of many */
    uint64_t state_id;             /* of its Python thread state, never used twice */
    bool ended;                    /* no events will come any more */
    bool traced;                   /* a tracer of ours hears of greenlet switches ... */
    bool preparing;                /* ... or is being placed */
    const void *greenlet;          /* identity; the one that runs, NULL: not known */
    framemap parked;               /* greenlet -> parked_stack, owned */
    activation *stack;             /* owned; stack[0] stands for "nothing measured" */
    activation *top;               /* in stack */
    activation *limit;             /* end of stack */
    uint64_t last;                 /* ticks at the last event */
    uint64_t cost;                 /* ticks that all events took */
    function_record **functions;   /* owned, by registry index, NULL where unused */
    Py_ssize_t room;               /* size of functions */
    const PyCodeObject *last_code; /* borrowed; looked up last, measured ... */
    function_record *last_function; /* ... and what was found */
    const PyCodeObject *last_miss;  /* identity; looked up last, not measured */
} thread_record;

typedef struct {
    uint64_t key;          /* of the thread_list the record belongs to */
    thread_record *record; /* borrowed */
} thread_slot;

/* Places a tracer of greenlet switches on the calling thread, whose record is given.
   `lost`: the event at hand shows that a switch was missed. False if it has to be
   called again at the next event. Never raises. */
typedef bool (*thread_preparer)(void *context, thread_record *thread, bool lost);

typedef struct {
    thread_record *first; /* owned */
    Py_ssize_t count;
    Py_ssize_t prune_at; /* count at which ended threads are looked for */
    uint64_t key;        /* unique in the process; changed to invalidate all caches */
    uint64_t *next_key;  /* borrowed from the module's state */
    thread_preparer prepare; /* called when a cache is filled, or NULL */
    void *prepare_context;   /* borrowed */
} thread_list;

#define THREAD_SLOTS 4 /* profilers at work at once that do not share a slot */
extern THREAD_LOCAL thread_slot thread_slots[THREAD_SLOTS];

void
threads_init(thread_list *threads, uint64_t *next_key);

void
threads_free(thread_list *threads);

/* Record of the calling thread, made at need; NULL if memory is short. */
thread_record *
threads_find(thread_list *threads);

static inline thread_record *
threads_current(thread_list *threads)
{
    thread_slot *slot = &thread_slots[threads->key % THREAD_SLOTS];
    if (LIKELY(slot->key == threads->key)) {
        assert(slot->record != NULL);
        return slot->record;
    }
    return threads_find(threads);
}

/* Make every thread look its record up anew, and call the preparer. */
static inline void
threads_invalidate(thread_list *threads)
{
    threads->key = (*threads->next_key)++;
}

/* Forget what is known of greenlets. */
void
threads_forget_greenlets(thread_list *threads);

/* Whether an activation of a function on top of `depth` others is not to be measured.
 */
static inline bool
thread_leaves_out(const registry_entry *entry, Py_ssize_t depth)
{
    return UNLIKELY(!entry->active || (entry->beneath && depth == 0));
}

/* Find out which threads have ended. Needs the GIL. */
void
threads_mark_ended(thread_list *threads);

/* Numbers of a function on the thread, made at need; NULL if memory is short. */
function_record *
thread_function(thread_record *thread, registry_entry *entry);

/* Drop parked activations of functions that are not measured any more. */
void
thread_drop_parked(thread_record *thread);

/* To be called when registry_entry.active of any entry has changed; `beneath` may
   change freely. */
void
threads_forget_lookups(thread_list *threads);

/* Make room for one more activation; false if memory is short. */
bool
thread_grow_stack(thread_record *thread);

#endif
