/* Tells when the program imports a module, without a hook that the program could see.
 */

#ifndef LINEPROF_BASE_MODULE_ARRIVAL_H
#define LINEPROF_BASE_MODULE_ARRIVAL_H

#include "base/compat.h"

typedef struct arrival_waiter {
    struct arrival_waiter *next; /* borrowed; of those that wait */
    struct arrival_watch *watch; /* borrowed; where it waits, or NULL */
    const char *name;            /* borrowed; of the module */

    /* The module is in sys.modules, or will be at once. It may still be initialising
       itself. May be called again. Must not raise or run Python. */
    void (*came)(struct arrival_waiter *waiter);
} arrival_waiter;

/* The module of that name, borrowed. NULL, without an exception, if it was not
   imported. */
PyObject *module_arrival_find(const char *name);

/* Have a waiter told from now on, until module_arrival_end(). Does nothing if memory is
   short, or there are too many watchers already. May leave an exception set. */
void module_arrival_begin(arrival_waiter *waiter);

/* Have it told no more. Needs no memory. May leave an exception set. */
void module_arrival_end(arrival_waiter *waiter);

/* Look for modules that have come: for Pythons where no dict can be watched. */
void module_arrival_look(void);

#endif
