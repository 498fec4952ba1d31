from lineprof.compat.stats import LineStats as LineStats
from lineprof.measure.profiler import LineProfiler as LineProfiler
