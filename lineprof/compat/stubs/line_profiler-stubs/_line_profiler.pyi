from lineprof.compat.dropin.listings import CANNOT_LINE_TRACE_CYTHON as CANNOT_LINE_TRACE_CYTHON
from lineprof.compat.dropin.listings import label as label
from lineprof.compat.dropin.tracing import NOP_BYTES as NOP_BYTES
from lineprof.compat.dropin.tracing import USE_LEGACY_TRACE as USE_LEGACY_TRACE
from lineprof.compat.dropin.tracing import disable_line_events as disable_line_events
from lineprof.compat.dropin.tracing import find_cython_source_file as find_cython_source_file
from lineprof.compat.stats import LineStats as LineStats
from lineprof.measure.profiler import LineProfiler as LineProfiler
