from lineprof.compat.helpers import ConfigSource as ConfigSource
