"""Helpers for command lines made with argparse."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from .toml_config import ConfigSource

_YES = ("1", "on", "true", "t", "yes", "y")
_NO = ("", "0", "off", "false", "f", "no", "n")


def boolean(value: str, *, fallback: bool | None = None, invert: bool = False) -> bool:
    """What a word means: yes or no.

    fallback: what a word means that is neither; None: a ValueError.
    invert: give the opposite, but of the fallback.
    """
    word = value.lower()
    if word in _YES or word in _NO:
        return (word in _YES) != invert
    if fallback is None:
        raise ValueError(f"not a yes or no: {value!r}")
    return fallback


def positive_float(value: str) -> float:
    """A number above 0; ValueError for anything else."""
    number = float(value)
    if number <= 0:
        raise ValueError(f"not above 0: {value!r}")
    return number


def short_string_path(path: str | os.PathLike[str]) -> str:
    """The shortest of the path as it is given, the absolute one, and the one from the working
    folder down."""
    given = os.path.normpath(os.fspath(path))
    absolute = os.path.abspath(given)
    paths = [given, absolute]
    below = os.getcwd().rstrip(os.sep) + os.sep
    if absolute.startswith(below):
        paths.append(absolute.removeprefix(below))
    return min(paths, key=len)


def get_python_executable() -> str:
    """What to type for this Python: `python` or `python3` if that is it, or else its path."""
    from shutil import which

    for name in ("python", "python3"):
        found = which(name)
        if found is not None and os.path.samefile(found, sys.executable):
            return name
    return short_string_path(sys.executable)


def get_cli_config(
    subtable: str,
    /,
    config: str | os.PathLike[str] | bool | None = None,
    *,
    read_env: bool = True,
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

    parser_like: a parser or a group of options.
    arg, args: the option's flags.
    hide_complementary_options: leave `--no-switch` out of the help.
    kwargs: as for `add_argument`; others than the action "store_true" and "store_false" are
        handed on. A switch that is not given is None, unless there is a default.

    Returns the action, of a switch that of its long flags, if it has any.
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
