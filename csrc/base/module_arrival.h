/* To be told when the program imports a module, without a hook that it could see. */

#ifndef LINEPROF_BASE_MODULE_ARRIVAL_H
#define LINEPROF_BASE_MODULE_ARRIVAL_H

#include "base/compat.h"

typedef struct import_waiter {
    struct import_waiter *next; /* borrowed; of those that wait */
    struct import_watch *watch; /* borrowed; where it waits, or NULL */
    const char *name;           /* borrowed; of the module */

    /* The module is in sys.modules, or will be at once; it may be initialising itself.
       May be called again. Must not raise or run Python. */
    void (*came)(struct import_waiter *waiter);
} import_waiter;

/* The module of that name, borrowed; NULL, without an exception, if it was not
   imported. */
PyObject *
module_arrival_find(const char *name);

/* Be told from now on, until end(). Does nothing if that cannot be had: memory is
   short, or too many watch already. May leave an exception set. */
void
module_arrival_begin(import_waiter *waiter);

/* Needs no memory. May leave an exception set. */
void
module_arrival_end(import_waiter *waiter);

/* Where no dict can be watched: to be called whenever a module may have come. */
void
module_arrival_look(void);

#endif
