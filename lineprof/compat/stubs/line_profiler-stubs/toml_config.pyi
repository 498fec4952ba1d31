from lineprof.compat.dropin.toml_config import ConfigSource as ConfigSource
