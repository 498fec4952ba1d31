from lineprof.compat.dropin.cli_utils import add_argument as add_argument
from lineprof.compat.dropin.cli_utils import boolean as boolean
from lineprof.compat.dropin.cli_utils import get_cli_config as get_cli_config
from lineprof.compat.dropin.cli_utils import get_python_executable as get_python_executable
from lineprof.compat.dropin.cli_utils import positive_float as positive_float
from lineprof.compat.dropin.cli_utils import short_string_path as short_string_path
