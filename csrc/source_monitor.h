#ifndef LINEPROF_SOURCE_MONITOR_H
#define LINEPROF_SOURCE_MONITOR_H

#include "source.h"

#endif
