/* Python 3.11: the frame evaluator (PEP 523). It runs every frame of the interpreter,
   has the gate switch tracing around it, and tells a watcher of modules that begin. It
   is in place only while a client or a watcher needs it, and never displaces another
   one. */

#ifndef LINEPROF_TRACE_PY311_EVALUATOR_H
#define LINEPROF_TRACE_PY311_EVALUATOR_H

#include "trace/py311/gate.h"

#if HAVE_EVALGATE

/* Have the code of a client let through: 0, also if the evaluator of somebody else is
   in place and plain tracing has to do; -1 with an exception set. */
int evaluator_open(gate_client *client);

void evaluator_close(gate_client *client);

/* Add watch_modules() to the module: 0, or -1 with an exception set. */
int evaluator_add_functions(PyObject *module);

#else

static inline int
evaluator_add_functions(PyObject *Py_UNUSED(module))
{
    return 0;
}

#endif
#endif
