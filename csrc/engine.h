/* What is measured when, and hooks that follow: placed with the first entry that is
   active, gone with the last. */

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

/* CPython asks audit hooks as the functions below place and undo hooks. One written in
   Python may call them, or let other threads do so: RuntimeError. */

/* Measure a code object from now on: always, or while started and beneath calls of
   what is measured always. 1 if it was not watched so before, 0 if it was, -1 with an
   exception set. */
int
engine_watch(engine *eng, PyCodeObject *code, bool always);

/* Measure a code object no more; its numbers stay. 0, or -1 with an exception set. */
int
engine_unwatch(engine *eng, PyCodeObject *code);

/* 0, or -1 with an exception set and nothing changed. */
int
engine_start(engine *eng);

/* 0, or -1 with an exception set. */
int
engine_stop(engine *eng);

/* Watch nothing any more. 0, or -1 with an exception set. */
int
engine_stop_all(engine *eng);

#endif
