from __future__ import annotations

import importlib.util

# hypothesis may not exist yet for a new Python.
collect_ignore_glob = [] if importlib.util.find_spec("hypothesis") else ["test_*.py"]
