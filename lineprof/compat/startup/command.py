"""How setuptools builds lineprof: a .pth file goes into site-packages, which it cannot do itself.

With an editable install, `install_lib` is the folder that becomes site-packages.
"""

from __future__ import annotations

from pathlib import Path

from setuptools.command.build_py import build_py  # type: ignore[import-untyped,unused-ignore]

FILE = "lineprof_standin.pth"


class BuildPy(build_py):  # type: ignore[misc,unused-ignore]
    """setuptools' own, and that file."""

    def run(self) -> None:
        super().run()
        target = self._startup_file()
        self.mkpath(str(target.parent))
        self.copy_file(f"lineprof/compat/startup/{FILE}", str(target), preserve_mode=False)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), str(self._startup_file())]

    def _startup_file(self) -> Path:
        folder = self.build_lib
        if self.editable_mode:
            folder = self.get_finalized_command("install").install_lib
        return Path(folder, FILE)
