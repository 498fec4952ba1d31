from lineprof.dropin.toml_config import ConfigSource as ConfigSource
