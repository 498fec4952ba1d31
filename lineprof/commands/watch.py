"""A listing that follows a file while a program rewrites it."""

import argparse
import sys

from ..errors import LineprofError

SUMMARY = "Follow a file that kernprof -i rewrites while the program runs."
USAGE = "[options] FILE"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="need not be there yet")
    parser.add_argument(
        "--raw", action="store_true", help="times as measured, the profiler's own cost included"
    )


def run(arguments: argparse.Namespace) -> int:
    try:
        import rich  # noqa: F401

        from ..live.loop import run as show
        from ..live.screen import Screen
    except ImportError as error:
        raise LineprofError(f"watch needs a POSIX system and the package rich: {error}") from error
    from ..live.follow import FileFeed
    from ..live.view import State

    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise LineprofError("watch needs a terminal")
    show(FileFeed(arguments.file, raw=arguments.raw), State(arguments.file), Screen())
    return 0
