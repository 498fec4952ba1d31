"""kernprof's command: arguments in, exit status out. Only here do errors become a line."""

import sys
from collections.abc import Sequence

from kernprof import runner
from kernprof.options import Exit
from kernprof.request import request_of
from lineprof import LineprofError, UsageError


def main(argv: Sequence[str] | None = None, *, exit_on_error: bool = True) -> int:
    """Run kernprof; the exit status.

    argv: arguments without the command's name. None stands for those of this process, which
        then is the program's own: results are written as the interpreter exits, after the
        program's threads and exit handlers, and SystemExit, KeyboardInterrupt and uncaught
        exceptions of the program leave as they do from plain `python`. With a list the results
        are written, and what was changed in this process undone, before `main` returns.
    exit_on_error: False raises LineprofError where otherwise it is told on standard error.
    """
    if argv is None:
        runner.leave_own_path()
    try:
        request = request_of(sys.argv[1:] if argv is None else argv)
        for warning in request.warnings if request.messages.level >= -1 else ():
            print(f"kernprof: warning: {warning}", file=sys.stderr)
        if argv is None:
            return runner.run_process(request)
        return runner.run_within(request)
    except Exit:
        return 0
    except LineprofError as error:
        if not exit_on_error:
            raise
        prefix = "kernprof: error: " if isinstance(error, UsageError) else ""
        print(f"{prefix}{error}", file=sys.stderr)
        return error.exit_code
