"""How setuptools builds lineprof: a .pth file goes into site-packages, which it cannot do itself.

With an editable install, `install_lib` is the folder that becomes site-packages.
"""

from __future__ import annotations

from pathlib import Path

from setuptools.command.build_ext import build_ext  # type: ignore[import-untyped,unused-ignore]
from setuptools.command.build_py import build_py  # type: ignore[import-untyped,unused-ignore]
from setuptools.errors import CompileError  # type: ignore[import-untyped,unused-ignore]

FILE = "lineprof_standin.pth"

MSVC_OPTIONS = ["/std:c11", "/O2", "/DNDEBUG"]

NO_COMPILER = (
    "lineprof is built from C here. It needs a C compiler and Python's headers: packages gcc and "
    "python3-dev on Debian and Ubuntu, gcc and python3-devel on Fedora, `xcode-select --install` "
    "on macOS, Visual Studio's build tools on Windows."
)


class BuildExt(build_ext):  # type: ignore[misc,unused-ignore]
    """setuptools' own, with the options of the compiler at hand, and a line when there is none."""

    def build_extensions(self) -> None:
        if self.compiler.compiler_type == "msvc":
            for extension in self.extensions:
                extension.extra_compile_args = MSVC_OPTIONS
        try:
            super().build_extensions()
        except CompileError as error:
            raise CompileError(f"{error}\n{NO_COMPILER}") from error


class BuildPy(build_py):  # type: ignore[misc,unused-ignore]
    """setuptools' own, and a .pth file in site-packages, which setuptools cannot put there.

    With an editable install, where the modules stay in the tree, `install_lib` is the folder that
    becomes site-packages.
    """

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
