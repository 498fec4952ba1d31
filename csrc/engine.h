/* Which entries are measured when. Hooks are placed with the first active entry and
   undone with the last. */

#ifndef LINEPROF_ENGINE_H
#define LINEPROF_ENGINE_H

#include "record/greenlets.h"
#include "source.h"

typedef struct {
    recorder rec;
    source *src;          /* owned; NULL only while being made */
    greenlets *greenlets; /* owned; NULL only while being made */
    bool started;         /* between engine_start() and engine_stop() */
    Py_ssize_t always;    /* entries to be measured always */
    Py_ssize_t active;    /* entries that are active; hooks are in place while > 0 */
    bool changing;        /* one of the functions below is at work */
} engine;

/* While the functions below place and undo hooks, CPython calls audit hooks. One that
   is written in Python may call these functions again, or let another thread do so:
   they raise RuntimeError then. */

/* Watch a code object: always, or while started and beneath calls of what is watched
   always. 1 if it was not watched in this way before, 0 if it was, -1 with an exception
   set. `about` is what a shard says of it, if it is new. */
int engine_watch(engine *eng, PyCodeObject *code, bool always, const Py_buffer *about);

/* Watch a code object no more; its numbers stay. 0, or -1 with an exception set. */
int engine_unwatch(engine *eng, PyCodeObject *code);

/* 0, or -1 with an exception set and nothing changed. */
int engine_start(engine *eng);

/* 0, or -1 with an exception set. */
int engine_stop(engine *eng);

/* Watch nothing more. 0, or -1 with an exception set. */
int engine_stop_all(engine *eng);

#endif
