/* What an event source is: it tells a recorder of enter, line and leave for the entries
   that it was told to watch. */

#ifndef LINEPROF_SOURCE_H
#define LINEPROF_SOURCE_H

#include "record/recorder.h"

typedef struct source source;

typedef struct {
    const char *name; /* "trace", "monitor" */

    /* A new source that has not started; NULL with an exception set. `module` and the
       recorder are borrowed until close(). */
    source *(*open)(PyObject *module, recorder *rec);

    /* Begin to place hooks: 0, or -1 with an exception set and nothing placed. */
    int (*start)(source *src);

    /* May be NULL, as the next: have events for an entry, from its next call on. For
       frames that run already see attach(). 0, or -1 with an exception set. Started
       sources only. */
    int (*watch)(source *src, registry_entry *entry);

    /* No more events for an entry. Never fails; does not change the exception. */
    void (*unwatch)(source *src, registry_entry *entry);

    /* Have events for frames that run now, from their next line on: frames of an entry,
       or of all entries if it is NULL. */
    void (*attach)(source *src, const registry_entry *entry);

    /* Undo hooks; all entries were unwatched. A hook that is expensive to place, and
       costs little in place, may stay for the next start. Never fails; does not change
       the exception. */
    void (*stop)(source *src);

    /* Of a stopped source: undo every hook. As stop(). May be NULL. */
    void (*release)(source *src);

    /* Free a stopped source. */
    void (*close)(source *src);

    /* The sys.monitoring tool in use, or -1. May be NULL. */
    int (*tool_id)(const source *src);
} source_kind;

struct source {
    const source_kind *kind;
};

extern const source_kind source_trace;
extern const source_kind source_monitor;

#endif
