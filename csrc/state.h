/* The module's state: what the C code of one interpreter shares. */

#ifndef LINEPROF_STATE_H
#define LINEPROF_STATE_H

#include "base/compat.h"

typedef struct {
    PyTypeObject *profiler_type;      /* owned */
    PyTypeObject *hook_type;          /* owned */
    PyTypeObject *tracer_type;        /* owned */
    PyTypeObject *shard_sum_type;     /* owned */
    PyTypeObject *callback_type;      /* owned; NULL without sys.monitoring */
    uint64_t next_key;                /* next thread_list.key */
    PyObject *spare_hook;             /* owned; see trace/hook.c */
    struct shared_tool *shared_tools; /* owned; see monitor/shared_tool.c */
    unsigned int tools_opened;        /* how often one of them was */
} core_state;

#endif
