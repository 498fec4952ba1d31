"""A view of a running program's listing, refreshed while it runs.

The program only copies numbers once a second. Another process draws, and gives the terminal back
whatever becomes of the program. `python -m lineprof watch` shows a file in the same way.

    program  in the program: starts the viewer, feeds it, keeps the program's output apart
    capture  where that output goes meanwhile
    wire     what is sent from one to the other
    viewer   the other process
    loop     waits for numbers and keys, and draws
    view     what is seen: numbers and keys in, lines out
    screen   the terminal
"""

from .program import LiveView as LiveView
