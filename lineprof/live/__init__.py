"""A view of a running program's listing, refreshed while it runs.

The profiled process only copies numbers once a second (`program`, `wire`). Another process shows
them (`viewer`): drawing takes nothing from the program, goes on while it is busy, and gives the
terminal back whatever becomes of it. `python -m lineprof watch` shows a file in the same way.

    program  in the program: starts the viewer, feeds it, keeps the program's output apart
    capture  where that output goes meanwhile
    wire     what is sent from one to the other
    viewer   the other process
    loop     waits for numbers and keys, and draws
    follow   numbers out of a file that is rewritten
    view     what is seen: numbers and keys in, lines out
    screen   the terminal
"""

from __future__ import annotations

from .program import LiveView as LiveView
