/* Whole stacks of activations: closed, opened again, brought up to now. */

#ifndef LINEPROF_RECORD_SETTLE_H
#define LINEPROF_RECORD_SETTLE_H

#include "record/recorder.h"

/* Close all activations of the thread, for now or for good. */
void settle_out(thread_record *thread, uint64_t now);

/* Open one again on top; false if memory is short. */
bool settle_in(recorder *rec, thread_record *thread, const activation *act,
               uint64_t now);

/* Bring the times of open lines and activations up to now, on all threads, and drop
   activations of functions that are not measured any more. */
void settle_all(recorder *rec, uint64_t now);

/* Zero all numbers; what is open goes on from now. */
void settle_clear(recorder *rec, uint64_t now);

/* Make a shard for the numbers of a new recorder, and follow forks: in the child all
   numbers are zero, what the forking thread has open goes on from the fork, and what
   other threads had open has ended. 0, or -1 with errno set. The caller completes the
   header with names, and calls shard_begin(). */
int settle_open_shard(recorder *rec, const char *path);

/* shard_header.layout of this build. */
#define SETTLE_LAYOUT                                                                  \
    ((uint32_t)(sizeof(line_cell) | sizeof(call_edge) << 8 |                           \
                sizeof(activation) << 16) ^                                            \
     (uint32_t)(sizeof(function_record) << 24 ^ sizeof(thread_record)))

#endif
