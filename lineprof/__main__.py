"""python -m lineprof"""

import sys

from .commands.installed import complaint
from .commands.main import main

if __name__ == "__main__":
    if problem := complaint():
        print(f"lineprof: warning: {problem}", file=sys.stderr)
    sys.exit(main())
