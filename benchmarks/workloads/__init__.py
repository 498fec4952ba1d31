"""Programs to profile.

Each module has `run(size) -> object`, whose result must be the same under every tool, and may
have `prepare(argument, size)`, called once before any timing, and a list `errors` of exceptions
that a tool raised into the program.
"""
