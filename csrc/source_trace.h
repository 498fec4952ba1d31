#ifndef LINEPROF_SOURCE_TRACE_H
#define LINEPROF_SOURCE_TRACE_H

#include "source.h"

#endif
