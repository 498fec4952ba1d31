/* Whole stacks of activations: left, taken up again, brought up to now. */

#ifndef LINEPROF_RECORD_SETTLE_H
#define LINEPROF_RECORD_SETTLE_H

#include "record/recorder.h"

/* Leave all activations of the thread for now, or for good. */
void
settle_out(thread_record *thread, uint64_t now);

/* Have one back on top; false if memory is short. */
bool
settle_in(recorder *rec, thread_record *thread, const activation *act, uint64_t now);

/* Bring times of open lines and activations up to now, on all threads, and drop
   activations that are not to be measured any more. */
void
settle_all(recorder *rec, uint64_t now);

/* Forget all numbers; what is open goes on from now. */
void
settle_clear(recorder *rec, uint64_t now);

#endif
