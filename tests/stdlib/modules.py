"""Which modules of CPython's test suite are run, and what cannot give the same verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass

LIBRARIES = {
    "test_asyncgen": ("asyncio", "types", "inspect"),
    "test_asyncio": ("asyncio",),
    "test_contextlib_async": ("contextlib",),
    "test_coroutines": ("types", "inspect", "asyncio"),
    "test_descr": ("copyreg", "types"),
    "test_exceptions": ("traceback",),
    "test_exception_group": ("traceback",),
    "test_generators": ("types", "inspect"),
    "test_pickle": ("pickle", "copyreg", "_compat_pickle"),
    "test_re": ("re",),
    "test_sys_settrace": (),
    "test_unpack_ex": (),
    "test_with": ("contextlib",),
}
"""The library modules that are measured along with a test module, where its name does not say so.
For test_json it is json, with everything in the package."""

MODULES = (
    # What the profiler promises to handle.
    "test_generators",
    "test_coroutines",
    "test_asyncgen",
    "test_contextlib",
    "test_contextlib_async",
    "test_functools",
    "test_exceptions",
    "test_with",
    "test_descr",
    "test_dataclasses",
    "test_enum",
    "test_pickle",
    "test_inspect",
    "test_json",
    "test_re",
    # The language.
    "test_baseexception",
    "test_call",
    "test_class",
    "test_compile",
    "test_decorators",
    "test_except_star",
    "test_exception_group",
    "test_extcall",
    "test_frame",
    "test_funcattrs",
    "test_generator_stop",
    "test_genexps",
    "test_grammar",
    "test_keywordonlyarg",
    "test_listcomps",
    "test_metaclass",
    "test_named_expressions",
    "test_patma",
    "test_property",
    "test_raise",
    "test_scope",
    "test_setcomps",
    "test_string_literals",
    "test_super",
    "test_typechecks",
    "test_unpack_ex",
    "test_yield_from",
    # Modules that look at running code or hook into it.
    "test_atexit",
    "test_bdb",
    "test_context",
    "test_cprofile",
    "test_doctest",
    "test_faulthandler",
    "test_gc",
    "test_monitoring",
    "test_pdb",
    "test_profile",
    "test_pyclbr",
    "test_reprlib",
    "test_signal",
    "test_sys",
    "test_sys_setprofile",
    "test_sys_settrace",
    "test_traceback",
    "test_trace",
    "test_tracemalloc",
    "test_types",
    "test_warnings",
    # Threads and event loops.
    "test_asyncio",
    "test_queue",
    "test_sched",
    "test_thread",
    "test_threading",
    "test_threading_local",
    "test_threadedtempfile",
    # More of the library.
    "test_abc",
    "test_argparse",
    "test_ast",
    "test_bisect",
    "test_builtin",
    "test_codeop",
    "test_collections",
    "test_configparser",
    "test_copy",
    "test_copyreg",
    "test_csv",
    "test_datetime",
    "test_deque",
    "test_difflib",
    "test_fractions",
    "test_heapq",
    "test_io",
    "test_itertools",
    "test_linecache",
    "test_logging",
    "test_operator",
    "test_pathlib",
    "test_pprint",
    "test_random",
    "test_shelve",
    "test_shlex",
    "test_statistics",
    "test_string",
    "test_tempfile",
    "test_textwrap",
    "test_tokenize",
    "test_typing",
    "test_unittest",
    "test_userdict",
    "test_weakref",
    "test_weakset",
)
"""These are run when none are named; a Python may lack some."""


LEFT_OUT = {
    "test_code": "it ends with the death of code objects that carry functions of its own, which "
    "are gone when the profiler, who keeps the code it measures, lets go of it",
}
"""Modules that cannot run at all."""


@dataclass(frozen=True)
class Exemption:
    """Tests that cannot give the same verdict, and why.

    tests: regular expression that the whole id of a test matches.
    cores: the event sources it concerns.
    since, before: the Pythons it concerns.
    """

    tests: str
    why: str
    cores: tuple[str, ...] = ("trace", "monitor")
    since: tuple[int, int] = (3, 11)
    before: tuple[int, int] = (4, 0)

    def holds(self, test: str, core: str, version: tuple[int, int]) -> bool:
        return (
            core in self.cores
            and self.since <= version < self.before
            and re.fullmatch(self.tests, test) is not None
        )


TRACE_FUNCTION = (
    "it compares sys.gettrace() with what it has just set, or leaves itself out if that is not "
    "None; the trace source's function stands on top of the program's, which is called by it"
)

EXEMPTIONS = (
    Exemption(
        r"test\.test_sys_settrace\.\w+\.test_set_and_retrieve_func", TRACE_FUNCTION, ("trace",)
    ),
    Exemption(
        r"test\.test_sys_settrace\.TestEdgeCases\.test_reentrancy", TRACE_FUNCTION, ("trace",)
    ),
    Exemption(
        r"test\.test_sys\.SysModuleTest\.test_recursionlimit_recovery", TRACE_FUNCTION, ("trace",)
    ),
    Exemption(
        r"test\.test_threading\.ThreadTests\.test_gettrace_all_threads", TRACE_FUNCTION, ("trace",)
    ),
    Exemption(
        r"test\.test_monitoring\.ExceptionMonitoringTest\.test_implicit_stop_iteration",
        "CPython drops STOP_ITERATION events of a loop that another tool has LINE events of",
        since=(3, 12),
        before=(3, 14),
    ),
    Exemption(
        r"test\.test_frame\.TestIncompleteFrameAreInvisible\.test_sneaky_frame_object",
        "it fails with any trace or profile function, one that does nothing included: it wants "
        "the collector to run as a generator gets its frame object, which is there already then",
        ("trace",),
        before=(3, 13),
    ),
    Exemption(
        r"test\.test_queue\.CSimpleQueueTest\.test_reentrancy",
        "it fails with any trace function written in C, one that does nothing included: CPython "
        "makes frame objects for it, so the collector runs at other places, one of them between "
        "two calls that the test expects nothing between",
        ("trace",),
        since=(3, 13),
    ),
)


def library_of(module: str) -> tuple[str, ...]:
    """The library modules that a test module tests; not all of them need exist.

    Those of a package are those of its parts, as test_asyncio.test_tasks.
    """
    package = module.partition(".")[0]
    return LIBRARIES.get(package, (package.removeprefix("test_"),))


def exemption(test: str, core: str, version: tuple[int, int]) -> Exemption | None:
    return next((e for e in EXEMPTIONS if e.holds(test, core, version)), None)
