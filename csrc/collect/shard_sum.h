/* The Python type that adds shards up: checks arguments. */

#ifndef LINEPROF_COLLECT_SHARD_SUM_H
#define LINEPROF_COLLECT_SHARD_SUM_H

#include "base/compat.h"

extern PyType_Spec shard_sum_spec;

#endif
