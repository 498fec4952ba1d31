"""Configuration: tables of TOML files, for defaults only.

The first `lineprof.toml`, `line_profiler.toml` or `pyproject.toml` that has a table
`[tool.lineprof.*]` or `[tool.line_profiler.*]` is read, from the working folder upwards. Our tables
replace those of line_profiler. A fault in a file never ends a program: it is a line among
`problems`, and the default holds.
"""

from __future__ import annotations

import os

from .errors import printable, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

FILES = ("lineprof.toml", "line_profiler.toml", "pyproject.toml")
"""Names looked for in each folder, the first one first."""
VARIABLES = ("LINEPROF_RC", "LINE_PROFILER_RC")
"""Environment variables that name the file to read instead."""
SHARED = "pyproject.toml"
"""The one of `FILES` that is not about us alone: without a word of us it is passed over."""
ROOTS = ("lineprof", "line_profiler")  # Tables below `[tool]` that are read, ours first


_YES = frozenset(("1", "on", "true", "t", "yes", "y"))
_NO = frozenset(("", "0", "off", "false", "f", "no", "n"))


def boolean(word: str) -> bool:
    """What a word means, yes or no; ValueError for a word that means neither."""
    if (lower := word.lower()) in _YES:
        return True
    if lower in _NO:
        return False
    raise ValueError(f"not a yes or no: {word!r}")


def is_false(word: str) -> bool:
    """Whether a word says no; any other text says yes."""
    return word.lower() in _NO


def switch_value(given: str | None, rest: list[str]) -> bool:
    """What a switch on a command line says: `--name`, `--name=WORD` or `--name WORD`.

    given: the word after `=`, or None; ValueError if it means neither yes nor no.
    rest: the words that follow; the first is taken if it means yes or no and is no file.
    """
    if given is None:
        word = rest[0] if rest else ""
        if not word or word.lower() not in _YES | _NO or os.path.exists(word):
            return True
        given = rest.pop(0)
    return boolean(given)


class Config:
    """What a configuration file says, defaults filled in.

    path: the file that was read; None if there is none.
    problems: one line for each fault found, with file and key.
    """

    __slots__ = ("_tables", "path", "problems")

    def __init__(
        self,
        path: str | None = None,
        tables: Mapping[str, Mapping[str, Any]] | None = None,
        problems: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.problems = problems
        self._tables = tables or {}

    def table(self, name: str) -> dict[str, Any]:
        """A copy of a table, defaults filled in, keys as in `DEFAULTS`; KeyError if unknown."""
        return {**_copied(DEFAULTS[name]), **self.stated(name)}

    def stated(self, name: str) -> dict[str, Any]:
        """As `table`, without the defaults."""
        return _copied(self._tables.get(name, {}))

    def __repr__(self) -> str:
        return f"<Config: {self.path or 'defaults'}>"


def _copied(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(v) if isinstance(v, list) else v for key, v in table.items()}


DEFAULTS: dict[str, dict[str, Any]] = {
    "kernprof": {
        "line-by-line": False,
        "builtin": False,
        "rich": False,
        "skip-zero": False,
        "summarize": False,
        "preimports": True,
        "prof-imports": False,
        "all": False,
        "module-level": False,
        "nested": False,
        "processes": True,
        "verbose": 0,
        "outfile": "",
        "setup": "",
        "unit": 1e-6,
        "output-interval": 0,
        "clock": "wall",
        "format": "",
        "prof-mod": [],
        "top": 0,
        "filter": [],
        "min-percent": 0,
        "sort": False,
        "columns": [],
        "pager": True,
    },
    "cli": {
        "unit": 1e-6,
        "rich": False,
        "skip-zero": False,
        "sort": False,
        "summarize": False,
        "columns": [],
        "top": 0,
        "filter": [],
        "min-percent": 0,
        "pager": True,
    },
    "setup": {
        "environ_flags": ["LINE_PROFILE"],
        "cli_flags": ["--line-profile", "--line_profile"],
        "processes": False,
    },
    "write": {
        "output_prefix": "profile_output",
        "format": "",
        "lprof": True,
        "text": False,
        "timestamped_text": False,
        "stdout": True,
    },
    "show": {"sort": True, "stripzeros": True, "rich": True, "details": False, "summarize": True},
    "show.column_widths": {"line": 6, "hits": 9, "time": 12, "perhit": 8, "percent": 8},
}
"""The tables there are, their keys, and what holds where no file says otherwise."""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _are_texts(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(item, str) for item in values)


# What a value must be: by its key, or else by the type of its default.
_SECONDS = (lambda v: _is_number(v) and 0 <= v < float("inf"), "a number of seconds from 0 on")
_UNIT = (lambda v: _is_number(v) and 0 < v < float("inf"), "a number of seconds above 0")
_PERCENT = (lambda v: _is_number(v) and 0 <= v <= 100, "a number from 0 to 100")
_SORT = (lambda v: isinstance(v, (bool, str)), "true, false or a key")
_FORMAT = (lambda v: v in ("", "lineprof", "line_profiler"), '"lineprof" or "line_profiler"')
_BY_KEY: dict[tuple[str, str], tuple[Callable[[Any], bool], str]] = {
    ("kernprof", "unit"): _UNIT,
    ("kernprof", "output-interval"): _SECONDS,
    ("kernprof", "clock"): (lambda v: v in ("wall", "cpu"), '"wall" or "cpu"'),
    ("kernprof", "format"): _FORMAT,
    ("kernprof", "min-percent"): _PERCENT,
    ("kernprof", "sort"): _SORT,
    ("write", "format"): _FORMAT,
    ("cli", "unit"): _UNIT,
    ("cli", "min-percent"): _PERCENT,
    ("cli", "sort"): _SORT,
}
_BY_TYPE: dict[type, tuple[Callable[[Any], bool], str]] = {
    bool: (lambda v: isinstance(v, bool), "true or false"),
    str: (lambda v: isinstance(v, str), "a text"),
    int: (lambda v: type(v) is int and v >= 0, "a whole number from 0 on"),
    list: (_are_texts, "a list of texts"),
}


def load_config(
    path: str | os.PathLike[str] | bool | None = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Config:
    """The configuration that holds here.

    path: the file to read; False for none, None for the one that is found.
    folder: where to look, and in the folders above it; the working folder by default.
    env: environment variables; those of the process by default.

    LineprofError, which is an OSError as well, if the file that `path` names cannot be read.
    """
    if path is False:
        return Config()
    if path is not None and path is not True:
        name = os.fspath(path)
        try:
            return _parsed(name, _read(name))
        except OSError as error:
            said = f"cannot read configuration {name!r}: {_reason(error)}"
            raise unreadable(error, said) from None
    variables: Mapping[str, str] = os.environ if env is None else env
    for variable in VARIABLES:
        if name := variables.get(variable, ""):
            try:
                return _parsed(name, _read(name))
            except OSError as error:
                return Config(problems=(f"{variable}={printable(name)}: {_reason(error)}",))
    problems: list[str] = []
    for name in _candidates(folder):
        found = _found(name)
        if found is not None:
            problems += found.problems
            if found.path is not None:
                return Config(found.path, found._tables, tuple(problems))
    return Config(problems=tuple(problems))


def _candidates(folder: str | os.PathLike[str] | None) -> Iterator[str]:
    try:
        here = os.path.abspath(os.curdir if folder is None else os.fspath(folder))
    except OSError:  # the working folder is gone
        return
    while True:
        for name in FILES:
            yield os.path.join(here, name)
        above = os.path.dirname(here)
        if above == here:
            return
        here = above


def _found(name: str) -> Config | None:
    """The configuration in a file; without a path if it has no table of ours. None: no file."""
    is_shared = os.path.basename(name) == SHARED
    try:
        data = _read(name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return None if is_shared else Config(problems=(f"{printable(name)}: {_reason(error)}",))
    if is_shared and not _may_be_ours(data):
        return None
    return _parsed(name, data, to_be_ours=True)


def _may_be_ours(data: bytes) -> bool:
    """Whether to parse at all: that takes longer than all else `profile` does while off."""
    text = data.translate(None, b" \t\"'")
    names = [root.encode() for root in ROOTS]
    if b"[tool]" in text or b"tool={" in text:
        return any(name in text for name in names)
    return any(b"tool." + name in text for name in names)


def _read(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _parsed(name: str, data: bytes, *, to_be_ours: bool = False) -> Config:
    import tomllib

    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        return Config(problems=(f"{printable(name)}: not TOML: {printable(str(error))}",))
    problems: list[str] = []
    tools = document.get("tool", {})
    roots = {root: tools[root] for root in ROOTS if isinstance(tools, dict) and root in tools}
    if document and not roots and os.path.basename(name) != SHARED:
        problems.append(f"no table tool.{ROOTS[0]}")
    tables: dict[str, dict[str, Any]] = {}
    for root, content in roots.items():
        for table, values in _tables(f"tool.{root}", "", content, problems):
            # Ours come first; of line_profiler's only those that ours lack.
            tables.setdefault(table, _checked(f"tool.{root}.{table}", table, values, problems))
    where = printable(name)
    path = None if to_be_ours and not roots else name
    return Config(path, tables, tuple(f"{where}: {problem}" for problem in problems))


def _tables(
    path: str, prefix: str, content: object, problems: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The known tables below a key, and complaints of what else is there."""
    if not isinstance(content, dict):
        problems.append(f"{path}: not a table")
        return
    for key, value in content.items():
        name = f"{prefix}{key}"
        if name in DEFAULTS:
            if not isinstance(value, dict):
                problems.append(f"{path}.{key}: not a table")
                continue
            inner = {k: v for k, v in value.items() if f"{name}.{k}" in DEFAULTS}
            yield name, {k: v for k, v in value.items() if k not in inner}
            yield from _tables(f"{path}.{key}", f"{name}.", inner, problems)
        else:
            problems.append(f"unknown key {path}.{printable(key)}")


def _checked(
    path: str, table: str, values: Mapping[str, Any], problems: list[str]
) -> dict[str, Any]:
    """The values that make sense, under their keys as `DEFAULTS` spells them."""
    good: dict[str, Any] = {}
    spellings = {known.replace("-", "_"): known for known in DEFAULTS[table]}
    for key, value in values.items():
        known = spellings.get(key.replace("-", "_"))
        if known is None:
            problems.append(f"unknown key {path}.{printable(key)}")
            continue
        default = DEFAULTS[table][known]
        fits, kind = _BY_KEY.get((table, known)) or _BY_TYPE[type(default)]
        if not fits(value):
            problems.append(f"{path}.{known}: {printable(repr(value))} is not {kind}")
            continue
        wants_list = isinstance(default, list) and isinstance(value, str)
        good[known] = [value] if wants_list else value
    return good
