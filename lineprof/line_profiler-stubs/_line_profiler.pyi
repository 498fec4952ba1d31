from lineprof.dropin.listings import CANNOT_LINE_TRACE_CYTHON as CANNOT_LINE_TRACE_CYTHON
from lineprof.dropin.listings import label as label
from lineprof.dropin.tracing import NOP_BYTES as NOP_BYTES
from lineprof.dropin.tracing import USE_LEGACY_TRACE as USE_LEGACY_TRACE
from lineprof.dropin.tracing import disable_line_events as disable_line_events
from lineprof.dropin.tracing import find_cython_source_file as find_cython_source_file
from lineprof.linestats import LineStats as LineStats
from lineprof.profiler import LineProfiler as LineProfiler
