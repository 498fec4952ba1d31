/* Python 3.11: tells somebody of modules and scripts as they begin to run. */

#ifndef LINEPROF_TRACE_PY311_MODULE_WATCH_H
#define LINEPROF_TRACE_PY311_MODULE_WATCH_H

#include "base/compat.h"

#if HAVE_EVALGATE
/* Call `watcher` with `code`, that of a frame with a namespace of its own, if it is
   that of a module or script from a file. Nobody traces the watcher. What it raises is
   not the program's. */
void module_watch_tell(PyObject *watcher, PyThreadState *state, PyCodeObject *code);
#endif

#endif
