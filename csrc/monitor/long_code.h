/* Long functions on 3.12 and the first 3.13: INSTRUCTION events in place of LINE.

   CPython looks the line of a LINE event up from the start of the code object once it
   lies some 127 lines below (cpython#127953, #129127): 1 to 60 microseconds an event.
   Code with such lines gets INSTRUCTION events instead, which are disabled wherever the
   line cannot change, and a table of what arriving at each instruction means. Two more
   events tell of changes that no instruction shows: CALL and EXCEPTION_HANDLED.

   These files go when 3.12 goes, and with them registry_entry.long_code, the rows
   INSTRUCTION, CALL and EXCEPTION_HANDLED of source_monitor.c, what code_events.c does
   about them, recorder_arrive(), recorder_set_at() and activation.at. */

#ifndef LINEPROF_MONITOR_LONG_CODE_H
#define LINEPROF_MONITOR_LONG_CODE_H

#include "monitor/deliver.h"

#if HAVE_MONITORING

/* Make the table of a code object that needs one, entry->long_code: 0, or -1 with an
   exception set. */
int long_code_prepare(registry_entry *entry);

/* Whether lines of the code begin at an exception handler: EXCEPTION_HANDLED tells. */
bool long_code_handles(const registry_entry *entry);

/* The callbacks. */
PyObject *long_code_on_instruction(PyObject *self, PyObject *const *args, size_t nargsf,
                                   PyObject *names);
PyObject *long_code_on_call(PyObject *self, PyObject *const *args, size_t nargsf,
                            PyObject *names);
PyObject *long_code_on_handled(PyObject *self, PyObject *const *args, size_t nargsf,
                               PyObject *names);

#endif
#endif
