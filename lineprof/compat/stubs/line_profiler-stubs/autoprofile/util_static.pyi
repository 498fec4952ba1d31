from lineprof.compat.syntax_trees import modname_to_modpath as modname_to_modpath
from lineprof.compat.syntax_trees import modpath_to_modname as modpath_to_modname
from lineprof.compat.syntax_trees import split_modpath as split_modpath
