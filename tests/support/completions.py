"""Writes the completion files for bash and zsh from the tables of options that the commands have.

python -m tests.support.completions            write them into kernprof/completions
python -m tests.support.completions --check    only say which are out of date; status 1 if any
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kernprof.option_table import OPTIONS
from lineprof.commands import COMMANDS, DEFAULT, load_command
from tests.support import ROOT

HERE = ROOT / "kernprof" / "completions"
NOTE = "# Made by tests/support/completions.py; changes belong there.\n"


class Flag(NamedTuple):
    """One option with all its spellings."""

    names: tuple[str, ...]
    help: str
    argument: str | None = None
    """What follows it: "file", "value", "one of: a b"; None for nothing."""
    ends: bool = False
    """Whether all after its argument belongs to another program."""
    repeats: bool = False
    negations: tuple[str, ...] = ()
    """Spellings that are there as well, though no help lists them."""


# -- What there is ---------------------------------------------------------------------------


def kernprof_flags() -> list[Flag]:
    return [
        Flag(
            row.flags,
            row.help,
            _argument(row.metavar or "") if row.takes_argument else None,
            ends=row.kind == "program",
            repeats=row.kind in ("values", "count"),
            # What no configuration switches on nobody has a reason to switch off.
            negations=row.negations if row.configured else (),
        )
        for row in OPTIONS
    ]


def command_flags(name: str) -> list[Flag]:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-h", "--help", action="store_true", help="show this and exit")
    load_command(name).add_arguments(parser)
    flags = []
    for action in parser._actions:
        if not action.option_strings or action.help == argparse.SUPPRESS:
            continue
        argument = None
        if action.nargs != 0:
            words = " ".join(map(str, action.choices or ()))
            argument = f"one of: {words}" if words else _argument(str(action.metavar))
        text = (action.help or "").replace("%%", "%")
        repeats = isinstance(action, argparse._AppendAction)
        flags.append(Flag(tuple(action.option_strings), text, argument, repeats=repeats))
    return flags


def _argument(metavar: str) -> str:
    if metavar in ("FILE", "OUT", "TARGET"):
        return "file"
    return f"one of: {metavar.replace('|', ' ')}" if "|" in metavar else "value"


# -- bash ------------------------------------------------------------------------------------


def bash_kernprof() -> str:
    flags = kernprof_flags()
    words = [name for flag in flags for name in (*flag.names, *flag.negations)]
    with_argument = _with_clusters(n for f in flags if f.argument and not f.ends for n in f.names)
    ends = _with_clusters(n for f in flags if f.ends for n in f.names)
    return f"""\
{NOTE}
_kernprof() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} i
    COMPREPLY=()
    # From the program on nothing is kernprof's: files are what there is to offer.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
        {" | ".join(with_argument)} | =) ((i++)) ;;
        {" | ".join(ends)} | --) return ;;
        -?*) ;;
        *) return ;;
        esac
    done
    [[ $prev == = ]] && prev=${{COMP_WORDS[COMP_CWORD - 2]}}
    [[ $cur == = ]] && cur=
{_bash_arguments(flags)}
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$cur"))
    fi
}}
complete -o default -F _kernprof kernprof
"""


def _with_clusters(names: Iterable[str]) -> list[str]:
    """Patterns for options and for clusters that end in one, as -lo does in -o."""
    found = list(names)
    letters = "".join(name[1] for name in found if not name.startswith("--"))
    return [*found, f"-[!-]*[{letters}]"] if letters else found


def bash_lineprof() -> str:
    cases = []
    for name in COMMANDS:
        flags = command_flags(name)
        words = " ".join(n for flag in flags for n in flag.names)
        arguments = _indented(_bash_arguments(flags))
        cases.append(f"    {name})\n{arguments}\n        words='{words}'\n        ;;\n")
    return f"""\
{NOTE}
_lineprof() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}
    local command={DEFAULT} words
    COMPREPLY=()
    [[ $prev == = ]] && prev=${{COMP_WORDS[COMP_CWORD - 2]}}
    [[ $cur == = ]] && cur=
    case ${{COMP_WORDS[1]}} in
    {" | ".join(COMMANDS)}) ((COMP_CWORD > 1)) && command=${{COMP_WORDS[1]}} ;;
    esac
    case $command in
{"".join(cases)}    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    else
        COMPREPLY=($(compgen -f -X '!*.lprof' -- "$cur"))
        ((COMP_CWORD == 1)) && COMPREPLY+=($(compgen -W "{" ".join(COMMANDS)}" -- "$cur"))
    fi
}}
complete -o default -F _lineprof lineprof
"""


def _bash_arguments(flags: Iterable[Flag]) -> str:
    """A `case` over the word before: what that option takes is offered, and nothing else."""
    lines = ["    case $prev in"]
    for flag in flags:
        if flag.argument is None or flag.ends:
            continue
        what = ""
        if flag.argument == "file":
            what = 'COMPREPLY=($(compgen -f -- "$cur")); '
        elif flag.argument.startswith("one of: "):
            what = f'COMPREPLY=($(compgen -W "{flag.argument[8:]}" -- "$cur")); '
        lines.append(f"    {' | '.join(_with_clusters(flag.names))}) {what}return ;;")
    return "\n".join([*lines, "    esac"]) if len(lines) > 1 else "    :"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


# -- zsh -------------------------------------------------------------------------------------


def zsh_kernprof() -> str:
    flags = kernprof_flags()
    hidden = [name for flag in flags for name in flag.negations]
    specs = [*_zsh_specs(flags), *(f"'!{name}'" for name in hidden)]
    lines = " \\\n    ".join([*specs, "'*:: :_kernprof_program'"])
    return f"""\
#compdef kernprof
{NOTE}
# From the program on nothing is kernprof's.
_kernprof_program() {{
    _files
}}

_arguments -s -S -A '-*' \\
    {lines}
"""


def zsh_lineprof() -> str:
    functions = []
    for name in COMMANDS:
        lines = " \\\n        ".join([*_zsh_specs(command_flags(name)), "'*:profile:_files'"])
        functions.append(f"_lineprof_{name}() {{\n    _arguments -s -S \\\n        {lines}\n}}\n")
    described = " \\\n        ".join(
        f"{_quoted(name + ':' + load_command(name).SUMMARY)}" for name in COMMANDS
    )
    body = "\n".join(functions)
    return f"""\
#compdef lineprof
{NOTE}
{body}
local -a commands=(
        {described}
)
if ((CURRENT == 2)) && [[ ${{words[2]}} != -* ]]; then
    _describe command commands
    _files
elif ((CURRENT > 2)) && (($+functions[_lineprof_${{words[2]}}])); then
    local command=${{words[2]}}
    shift words
    ((CURRENT--))
    _lineprof_$command
else
    _lineprof_{DEFAULT}
fi
"""


def _zsh_specs(flags: Iterable[Flag]) -> Iterator[str]:
    for flag in flags:
        text = flag.help.partition(" (")[0].partition(";")[0].replace("[", "(").replace("]", ")")
        for name in flag.names:
            if flag.ends:
                yield _quoted(f"(- *){name}[{text}]:program: :*:: :_kernprof_program")
                continue
            head = "*" if flag.repeats else f"({' '.join(flag.names)})"
            takes = _ZSH_ARGUMENTS.get(flag.argument or "", "")
            if flag.argument is not None and not takes:
                takes = f":value:({flag.argument.removeprefix('one of: ')})"
            glued = "" if not takes else "=" if name.startswith("--") else "+"
            yield _quoted(f"{head}{name}{glued}[{text}]{takes}")


_ZSH_ARGUMENTS = {"": "", "file": ":file:_files", "value": ":value: "}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# -- Files -----------------------------------------------------------------------------------


def files() -> dict[str, str]:
    """The text each file is to have."""
    return {
        "kernprof.bash": bash_kernprof(),
        "lineprof.bash": bash_lineprof(),
        "_kernprof": zsh_kernprof(),
        "_lineprof": zsh_lineprof(),
    }


def main(argv: list[str]) -> int:
    stale = [name for name, text in files().items() if _read(HERE / name) != text]
    if "--check" in argv:
        for name in stale:
            print(f"{name} is out of date: run python -m tests.support.completions")
        return 1 if stale else 0
    for name in stale:
        (HERE / name).write_text(files()[name], encoding="utf-8")
        print(f"{name} written")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
