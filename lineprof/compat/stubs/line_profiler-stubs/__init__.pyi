from lineprof import load_ipython_extension as load_ipython_extension
from lineprof.compat.importer import main as main
from lineprof.compat.stats import LineStats as LineStats
from lineprof.compat.stats import load_stats as load_stats
from lineprof.compat.stats import show_func as show_func
from lineprof.compat.stats import show_text as show_text
from lineprof.measure.global_profile import profile as profile
from lineprof.measure.profiler import LineProfiler as LineProfiler

from . import _line_profiler as _line_profiler
from . import autoprofile as autoprofile
from . import cli_utils as cli_utils
from . import explicit_profiler as explicit_profiler
from . import ipython_extension as ipython_extension
from . import line_profiler as line_profiler
from . import line_profiler_utils as line_profiler_utils
from . import profiler_mixin as profiler_mixin
from . import scoping_policy as scoping_policy
from . import toml_config as toml_config

__version__: str
