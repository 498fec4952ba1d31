/* The Python type: checks arguments, and joins a recorder to an event source. */

#ifndef LINEPROF_PROFILER_H
#define LINEPROF_PROFILER_H

#include "engine.h"
#include "monitor/source_monitor.h"
#include "source.h"

typedef struct {
    PyObject_HEAD
    engine state;
} Profiler;

extern PyType_Spec profiler_spec;

/* New tuple of the names of the event sources there are. */
PyObject *profiler_core_names(void);

#endif
