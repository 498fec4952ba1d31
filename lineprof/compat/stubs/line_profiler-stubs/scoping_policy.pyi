from lineprof.code.scoping import DEFAULT_SCOPING_POLICIES as DEFAULT_SCOPING_POLICIES
from lineprof.code.scoping import ScopingPolicy as ScopingPolicy
