"""One page for the browser with everything: overview, source and numbers."""

import argparse
import os
import sys
from pathlib import Path

from ..errors import LineprofError, UsageError, printable
from ..report.html.page import render
from ..report.options import TextOptions
from ..report.output import write_text
from .options import STDOUT, add_files, add_selection, keep, load_added, of_processes, put

SUMMARY = "Write one self-contained HTML page with overview, source and numbers."
USAGE = "[options] FILE... [-o OUT]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the page to write; - is standard output (default: the first FILE's name with .html, "
        "in this folder)",
    )
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    add_selection(parser)


def run(arguments: argparse.Namespace) -> int:
    out = arguments.output or _default_name(*arguments.files[:1])
    if out == STDOUT and arguments.open:
        raise UsageError("--open needs a file to open: name one with -o")
    keep(arguments.files, None if out == STDOUT else out)
    options = TextOptions(raw=arguments.raw, filter=tuple(arguments.filter))
    profile = of_processes(load_added(arguments.files), arguments)
    page = render(profile, options)
    put(page.encode("utf-8", "replace"), out)
    if out != STDOUT:
        write_text(sys.stdout, f"Wrote {printable(out)}\n")
    if arguments.open:
        _open(out)
    return 0


def _default_name(file: str = "") -> str:
    name = os.path.basename(os.path.normpath(file))
    return os.path.splitext(name)[0] + ".html"


def _open(file: str) -> None:
    import webbrowser

    if not webbrowser.open(Path(file).resolve().as_uri()):
        raise LineprofError(f"no browser could be started: open {file} yourself")
