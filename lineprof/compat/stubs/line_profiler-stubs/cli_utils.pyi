from lineprof.compat.helpers import add_argument as add_argument
from lineprof.compat.helpers import boolean as boolean
from lineprof.compat.helpers import get_cli_config as get_cli_config
from lineprof.compat.helpers import get_python_executable as get_python_executable
