from __future__ import annotations

import importlib.util

# Not there yet for every new Python.
collect_ignore_glob = [] if importlib.util.find_spec("hypothesis") else ["test_*.py"]
