"""ConfigSource: the configuration as tables within tables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...config import DEFAULTS, Config, load_config
from ...errors import LineprofError


@dataclass
class ConfigSource:
    """Tables of a configuration, and where they come from.

    conf_dict: the tables `kernprof`, `cli`, `setup`, `write` and `show`, or one of them.
    path: the file; that of the module with the defaults if there is none.
    subtable: the names of the tables that these are in, from the outermost on.
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

        allow_absence: an empty one, and not a KeyError, if there is none.
        copy: as `copy()`; otherwise, what is changed there is changed here.
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
        """What a file says, defaults filled in.

        config: the file; True or None for the one that is found, False for none.
        read_env: whether environment variables may name the file to be found.

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
