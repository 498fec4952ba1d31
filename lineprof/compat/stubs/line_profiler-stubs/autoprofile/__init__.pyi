from . import ast_tree_profiler as ast_tree_profiler
from . import run_module as run_module
from . import util_static as util_static
