from kernprof.backends.functions import ByCountProfilerMixin as ByCountProfilerMixin
from lineprof.compat.helpers import is_property as is_property
