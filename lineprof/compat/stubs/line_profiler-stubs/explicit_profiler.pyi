from lineprof.measure.global_profile import GlobalProfiler as GlobalProfiler
from lineprof.measure.global_profile import is_mp_bootstrap as is_mp_bootstrap
from lineprof.measure.global_profile import profile as profile
