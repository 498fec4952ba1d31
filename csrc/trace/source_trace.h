#ifndef LINEPROF_TRACE_SOURCE_TRACE_H
#define LINEPROF_TRACE_SOURCE_TRACE_H

#include "source.h"

#endif
