from lineprof.cli import main as main
from lineprof.integrations.ipython import load_ipython_extension as load_ipython_extension
from lineprof.linestats import LineStats as LineStats
from lineprof.linestats import load_stats as load_stats
from lineprof.linestats import show_func as show_func
from lineprof.linestats import show_text as show_text
from lineprof.profiler import LineProfiler as LineProfiler
from lineprof.session import profile as profile

from . import _line_profiler as _line_profiler
from . import autoprofile as autoprofile
from . import cli_utils as cli_utils
from . import explicit_profiler as explicit_profiler
from . import ipython_extension as ipython_extension
from . import line_profiler as line_profiler
from . import profiler_mixin as profiler_mixin
from . import scoping_policy as scoping_policy
from . import toml_config as toml_config

__version__: str
