"""Commands that look for faults in the core: `python -m tests.faults`; README.md names them."""
