/* Reads a shard, of a process that lives or has ended in whatever way. */

#ifndef LINEPROF_COLLECT_SHARD_READER_H
#define LINEPROF_COLLECT_SHARD_READER_H

#include "collect/sum_table.h"
#include "shard/shard.h"

/* Put the numbers of a shard into an empty table, its header into a new dict and its
   notes into a new list. boot: this system's, see shard_header. 0; or -1 with an
   exception set, ValueError if it is not a shard or is damaged, and then the table is
   good for nothing. */
int shard_reader_read(const char *data, size_t size, const char *boot, sum_table *sum,
                      PyObject **header, PyObject **notes);

#endif
