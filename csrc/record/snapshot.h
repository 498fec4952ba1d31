/* The numbers as plain Python values. */

#ifndef LINEPROF_RECORD_SNAPSHOT_H
#define LINEPROF_RECORD_SNAPSHOT_H

#include "record/recorder.h"

/* What _core.pyi calls list[_Thread], of the numbers up to `now`; NULL with an
   exception set. */
PyObject *snapshot_build(recorder *rec, uint64_t now);

#endif
