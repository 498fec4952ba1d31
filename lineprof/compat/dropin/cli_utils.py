"""Helpers for command lines made with argparse."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ... import config
from ...interpreter import python_command
from .toml_config import ConfigSource


def boolean(value: str, *, fallback: bool | None = None, invert: bool = False) -> bool:
    """What a word means, yes or no; the opposite if `invert` is true.

    A word that means neither is `fallback`, or a ValueError if that is None.
    """
    try:
        return config.boolean(value) != invert
    except ValueError:
        if fallback is None:
            raise
        return fallback


get_python_executable = python_command


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
