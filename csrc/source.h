/* What an event source is: something that tells a recorder of enter, line and leave
   for the entries it was told to watch. */

#ifndef LINEPROF_SOURCE_H
#define LINEPROF_SOURCE_H

#include "record/recorder.h"

typedef struct source source;

typedef struct {
    const char *name; /* "trace", "monitor" */

    /* A new source that has not started; NULL with an exception set. Holds on to
       `module` and the recorder, both borrowed, until close(). */
    source *(*open)(PyObject *module, recorder *rec);

    /* Begin to place hooks: 0, or -1 with an exception set and nothing placed. */
    int (*start)(source *src);

    /* Have events for an entry, from its next call on; for frames that run already
       see attach(). 0, or -1 with an exception set. Started sources only. */
    int (*watch)(source *src, registry_entry *entry);

    /* No more events for an entry. Never fails; does not change the exception. */
    void (*unwatch)(source *src, registry_entry *entry);

    /* Have events for frames of an entry, or of all entries if it is NULL, that run
       now: from their next line on. */
    void (*attach)(source *src, const registry_entry *entry);

    /* Undo hooks; all entries were unwatched. One that is dear to place and costs
       little may stay for the next start. Never fails; does not change the exception.
     */
    void (*stop)(source *src);

    /* Of a stopped source: undo every hook. As stop(). */
    void (*release)(source *src);

    /* Free a stopped source. */
    void (*close)(source *src);

    /* The sys.monitoring tool in use, or -1. */
    int (*tool_id)(const source *src);
} source_kind;

struct source {
    const source_kind *kind;
};

extern const source_kind source_trace;
extern const source_kind source_monitor;

#endif
