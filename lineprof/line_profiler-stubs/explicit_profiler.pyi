from lineprof.session import GlobalProfiler as GlobalProfiler
from lineprof.session import is_mp_bootstrap as is_mp_bootstrap
from lineprof.session import profile as profile
