"""CPython's own test suite, each module run plain and with every function of it measured.

python -m tests.stdlib [--python X] [--core trace|monitor] [--list] [MODULE ...]
"""
