from lineprof.compat.helpers import CANNOT_LINE_TRACE_CYTHON as CANNOT_LINE_TRACE_CYTHON
from lineprof.compat.stats import LineStats as LineStats
from lineprof.measure.profiler import LineProfiler as LineProfiler
