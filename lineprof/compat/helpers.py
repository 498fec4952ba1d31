"""Helpers of line_profiler that programs import: its configuration as tables within tables, and
switches for argparse.

`lineprof.compat.importer` says under which names they are found.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config import DEFAULTS, Config, load_config
from ..config import boolean as is_true
from ..errors import LineprofError
from ..interpreter import python_command as get_python_executable

__all__ = [
    "CANNOT_LINE_TRACE_CYTHON",
    "ConfigSource",
    "add_argument",
    "boolean",
    "get_cli_config",
    "get_python_executable",
    "is_property",
]


CANNOT_LINE_TRACE_CYTHON = True
"""Functions that Cython compiled are not measured, on no Python."""


def boolean(value: str, *, fallback: bool | None = None, invert: bool = False) -> bool:
    """Yes or no, or the opposite; `fallback` for another word, or ValueError if that is None."""
    try:
        return is_true(value) != invert
    except ValueError:
        if fallback is None:
            raise
        return fallback


def get_cli_config(
    subtable: str, /, config: str | os.PathLike[str] | bool | None = None, *, read_env: bool = True
) -> ConfigSource:
    """The table `kernprof` or `cli` of the configuration, keys spelled as argparse's names are."""
    found = ConfigSource.from_config(config, read_env=read_env).get_subconfig(subtable, copy=True)
    found.conf_dict = {key.replace("-", "_"): value for key, value in found.conf_dict.items()}
    return found


def add_argument(
    parser_like: Any,
    arg: str,
    /,
    *args: str,
    hide_complementary_options: bool = True,
    **kwargs: Any,
) -> argparse.Action:
    """`parser.add_argument`, where a switch may also be given as `--switch=no` and `--no-switch`.

    hide_complementary_options: leave `--no-switch` out of the help.

    A switch that is not given is None, unless there is a default. Returns the action, of a switch
    that of its long flags if it has any.
    """
    flags = (arg, *args)
    action = kwargs.get("action")
    if action not in ("store_true", "store_false"):
        plain: argparse.Action = parser_like.add_argument(*flags, **kwargs)
        return plain
    on = action == "store_true"
    del kwargs["action"]
    kwargs.setdefault("default", None)
    long = [flag for flag in flags if flag.startswith("--")]
    short = [flag for flag in flags if flag not in long]
    kwargs.setdefault("dest", (long or short)[0].lstrip("-").replace("-", "_"))
    if short:
        # By themselves they take no value, so that they can be joined.
        text = argparse.SUPPRESS if long else kwargs.get("help")
        made = parser_like.add_argument(
            *short, action="store_const", const=on, **{**kwargs, "help": text}
        )
    if long:
        text = kwargs.get("help")
        if short and text:
            kwargs["help"] = f"{text} (short: {', '.join(short)})"
        made = _add_switch(parser_like, long, on, kwargs)
        if on:
            text = argparse.SUPPRESS if hide_complementary_options else f"not {long[0]}"
            negated = [f"--no-{flag[2:]}" for flag in long]
            _add_switch(parser_like, negated, False, {**kwargs, "help": text})
    result: argparse.Action = made
    return result


def _add_switch(parser_like: Any, flags: list[str], on: bool, options: dict[str, Any]) -> Any:
    def value(word: str) -> bool:
        return boolean(word, invert=not on)

    value.__name__ = "boolean"  # what argparse calls it in complaints
    return parser_like.add_argument(*flags, nargs="?", const=on, type=value, **options)


@dataclass
class ConfigSource:
    """Tables of a configuration, and where they come from.

    conf_dict: the tables, or one of them; subtable: the names of those it is in.
    path: the file; that of the module with the defaults if there is none.
    """

    conf_dict: Mapping[str, Any]
    path: Path
    subtable: list[str]

    def copy(self) -> ConfigSource:
        """One that can be changed without changing this."""
        return ConfigSource(deepcopy(self.conf_dict), self.path, list(self.subtable))

    def get_subconfig(
        self, *headers: str, allow_absence: bool = False, copy: bool = False
    ) -> ConfigSource:
        """The table of this name in the one before, and so on.

        allow_absence: an empty one, and not a KeyError, if there is none; copy: as `copy()`.
        """
        table = self.conf_dict
        for name in headers:
            table = table.get(name, {}) if allow_absence else table[name]
        found = ConfigSource(table, self.path, [*self.subtable, *headers])
        return found.copy() if copy else found

    @classmethod
    def from_default(cls, *, copy: bool = True) -> ConfigSource:
        """What holds where no file says otherwise; `copy` is taken for compatibility."""
        return cls.from_config(False)

    @classmethod
    def from_config(
        cls, config: str | os.PathLike[str] | bool | None = None, *, read_env: bool = True
    ) -> ConfigSource:
        """What a file says, defaults filled in; `config` as for `lineprof.load_config`.

        read_env: whether environment variables may name the file.

        LineprofError if the file named cannot be read; ValueError if one of its tables is none.
        """
        found = load_config(config, env=os.environ if read_env else {})
        named = config is not None and not isinstance(config, bool)
        faults = [problem for problem in found.problems if problem.endswith("not a table")]
        if named and faults:
            raise ValueError(faults[0])
        if named and found.path is None:
            raise LineprofError(found.problems[0])
        path = Path(__file__) if found.path is None else Path(found.path)
        return cls(_nested(found), path.absolute(), ["tool", "lineprof"])


def _nested(config: Config) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name in DEFAULTS:
        *outer, last = name.split(".")
        table = tables
        for part in outer:
            table = table[part]
        table[last] = config.table(name)
    return tables


def is_property(f: object) -> bool:
    return isinstance(f, property)
