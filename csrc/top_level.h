/* Runs the top level of a program. */

#ifndef LINEPROF_TOP_LEVEL_H
#define LINEPROF_TOP_LEVEL_H

#include "base/compat.h"

/* Adds run_top_level() to the module. 0, or -1 with an exception set. */
int top_level_add_functions(PyObject *module);

#endif
