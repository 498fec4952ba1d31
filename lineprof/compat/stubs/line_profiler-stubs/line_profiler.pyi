from lineprof import load_ipython_extension as load_ipython_extension
from lineprof.compat.importer import main as main
from lineprof.compat.stats import LineStats as LineStats
from lineprof.compat.stats import load_stats as load_stats
from lineprof.compat.stats import show_func as show_func
from lineprof.compat.stats import show_text as show_text
from lineprof.measure.profiler import LineProfiler as LineProfiler
