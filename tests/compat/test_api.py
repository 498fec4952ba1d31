"""A program that uses the Python API does the same with either."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from .both import Both

# {lp} is the package's name; what is printed is compared.
SNIPPETS = {
    "timings and unit": """
        import sys
        from {lp} import LineProfiler
        def f(n):
            for i in range(n):
                pass
        p = LineProfiler(f)
        p.runcall(f, 3)
        stats = p.get_stats()
        (key, rows), = stats.timings.items()
        print(key[0].rpartition('/')[2], key[1:], [row[:2] for row in rows], stats.unit)
        print(all(type(n) is int for row in rows for n in row), p.timer_unit)
    """,
    "show_text": """
        from {lp} import show_text
        stats = {{
            ('s.py', 3, 'work'): [(6, 2, 1200), (7, 7, 3400000), (8, 5, 10**9), (11, 2, 7)],
            ('s.py', 13, 'idle'): [],
            ('s.py', 18, 'C.method'): [(19, 123456789012, 10**15)],
            ('z_gone.py', 5, 'lost'): [(6, 1, 5), (9, 3, 70)],
        }}
        for unit in (1e-9, 1e-6, 1e-7):
            for output in (None, 1e-3, 1.0, 1e-9):
                show_text(stats, unit, output)
        show_text(stats, 1e-9, stripzeros=True, summarize=True)
        show_text(stats, 1e-9, details=False, summarize=True, sort=True)
        show_text(stats, 1e-9, details=False, summarize=True, sort=True, stripzeros=True)
        show_text(dict(reversed(stats.items())), 1e-9, sort=True)
    """,
    "show_func": """
        import io
        from {lp} import show_func
        stream = io.StringIO()
        show_func('s.py', 13, 'idle', [(15, 1, 2)], 1e-6, stream=stream)
        show_func('s.py', 13, 'idle', [], 1e-6, 1e-3, stream, stripzeros=True)
        show_func('s.py', 13, 'idle', [], 1e-6, 1e-3, stream)
        print(stream.getvalue())
    """,
    "LineStats": """
        from copy import deepcopy
        from types import SimpleNamespace
        from {lp} import LineStats
        a = LineStats({{('a', 1, 'f'): [(2, 1, 10)]}}, 1e-6)
        b = LineStats({{('a', 1, 'f'): [(2, 3, 15), (3, 1, 7)], ('b', 1, 'g'): [(1, 1, 4)]}}, 1e-7)
        for s in (a, a + b, b + a, a + a, LineStats.from_stats_objects(b)):
            print(repr(s), s.unit)
        print(a == deepcopy(a), a == b, a != b, a == 3)
        print(a == SimpleNamespace(timings=a.timings, unit=a.unit))
        print((a + SimpleNamespace(timings=b.timings, unit=b.unit)) == a + b)
        c = a; c += b
        print(c is a, a.timings)
    """,
    "files": """
        from {lp} import LineStats, load_stats
        a = LineStats({{('s.py', 13, 'idle'): [(15, 1, 10)]}}, 1e-9)
        a.to_file('a.out')
        print(load_stats('a.out') == a, load_stats('a.out', 'a.out') == a + a)
        print(type(load_stats('a.out')) is LineStats)
        load_stats('a.out').print(output_unit=1e-9)
    """,
    "dump_stats": """
        from {lp} import LineProfiler, load_stats
        def f(): return 1
        p = LineProfiler(f)
        p.runcall(f)
        p.dump_stats('b.out')
        stats = load_stats('b.out')
        (key, rows), = stats.timings.items()
        print(key[2], [row[:2] for row in rows], stats.unit)
    """,
    "enabling": """
        from {lp} import LineProfiler
        def f(): return 1
        def hits(p): return sum(row[1] for rows in p.get_stats().timings.values() for row in rows)
        p = LineProfiler()
        p.add_function(f)
        f(); print(hits(p))
        p.enable(); f(); p.disable(); f(); print(hits(p))
        p.enable_by_count(); p.enable_by_count(); print(p.enable_count)
        p.disable_by_count(); f(); p.disable_by_count(); p.disable_by_count(); f()
        print(hits(p), p.enable_count)
        with p: f()
        print(hits(p))
        x = p.runctx('y = f()', globals(), space := {{'f': f}})
        print(x is p, space['y'], hits(p))
        print(p.run('z = f()') is p, z, hits(p))
        print(p.runcall(lambda *a, **k: (a, k, f()), 1, b=2), hits(p))
    """,
    "added and decorated": """
        from {lp} import LineProfiler
        def hits(p): return {{k[2]: sum(r[1] for r in v) for k, v in p.get_stats().timings.items()}}
        def f(): return 1
        def g(): return f()
        def main(n):
            for i in range(n): g()
        p = LineProfiler()
        p.add_function(f)
        wrapped = p(main)
        p.add_callable(g)
        wrapped(3)
        print(sorted(hits(p).items()))
        q = LineProfiler(f, g)
        q(main)(2)
        print(sorted(hits(q).items()))
        class C:
            def m(self): return f()
        r = LineProfiler(f)
        r.add_class(C, wrap=True)
        C().m()
        print(sorted(hits(r).items()))
    """,
    "decorating": """
        import asyncio, functools
        from {lp} import LineProfiler
        p = LineProfiler()
        @p
        def f(a, /, b: int = 2, *, c=3) -> str:
            "doc"
            return a
        import inspect
        print(inspect.signature(f), f.__doc__, f.__name__, f.__qualname__, f.__module__, f(4))
        class C:
            @p
            @property
            def q(self): return 1
            @p
            @classmethod
            def k(cls): return cls
            @p
            @staticmethod
            def s(): return 2
            @p
            @functools.cached_property
            def cp(self): return 3
            @p
            async def co(self): return 4
            @p
            def gen(self):
                yield 5
        c = C()
        print(c.q, C.k() is C, C.s(), c.cp, c.cp, asyncio.run(c.co()), list(c.gen()))
        part = p(functools.partial(f, 7))
        print(part(), p(C) is C)
        names = sorted(key[2] for key in p.get_stats().timings)
        print(names)
        print({{key[2]: sum(r[1] for r in rows) for key, rows in p.get_stats().timings.items()}})
    """,
    "adding": """
        import types
        from {lp} import LineProfiler
        from s_module import mod, Base
        p = LineProfiler()
        print(p.add_callable(mod.low))
        print(p.add_class(mod.Sub) > 0, p.add_module(mod) > 0)
        print(sorted({{key[2] for key in p.get_stats().timings}}))
        for policy in ('exact', 'CHILDREN', 'descendants', 'siblings', None):
            q = LineProfiler()
            q.add_class(mod.Sub, scoping_policy=policy)
            r = LineProfiler()
            r.add_module(mod, scoping_policy=policy)
            print(policy, sorted({{k[2] for k in q.get_stats().timings}}),
                  sorted({{k[2] for k in r.get_stats().timings}}))
        for wrong in (3, 'x'):
            try:
                p.add_callable(wrong)
            except TypeError:
                print('TypeError')
        try:
            p.add_class(mod.Sub, scoping_policy='nonsense')
        except ValueError as e:
            print(e)
    """,
    "policies": """
        from {lp} import LineProfiler
        from {lp}.{scoping} import ScopingPolicy, DEFAULT_SCOPING_POLICIES
        print([str(p) for p in ScopingPolicy], dict(DEFAULT_SCOPING_POLICIES))
        print({{k: str(v) for k, v in ScopingPolicy.to_policies().items()}})
        print({{k: str(v) for k, v in ScopingPolicy.to_policies('None').items()}})
    """,
    "underlying functions": """
        import functools
        from {lp} import LineProfiler
        def f(): pass
        class C:
            def m(self): pass
            @property
            def p(self): pass
        for item in (f, C().m, C.__dict__['p'], functools.partial(f), staticmethod(f)):
            print([g.__name__ for g in LineProfiler.get_underlying_functions(item)])
        print(LineProfiler().wrap_callable(f)(), len(LineProfiler(f, f).functions) > 0)
    """,
    "print_stats": """
        import sys
        from {lp} import LineProfiler
        p = LineProfiler()
        def f(): return 1
        p.add_function(f)
        with p: f()
        p.print_stats()
        p.print_stats(sys.stdout, 1e-3, True, True, True, True, False)
    """,
    "explicit profiler, off": """
        from {lp} import profile
        def f(): return 1
        print(profile(f) is f, profile.enabled)
        profile.disable()
    """,
    "kernprof within": """
        import kernprof
        kernprof.main(['-lq', '-o', 'within.lprof', 's.py'])
        from {lp} import load_stats
        print({{k[2]: [r[:2] for r in v] for k, v in load_stats('within.lprof').timings.items()}})
        p = kernprof.ContextualProfile()
        @p
        def f(): return 1
        with p:
            f()
        f()
        print(p.enable_count, sorted(e.callcount for e in p.getstats() if type(e.code) is not str
              and e.code.co_name == 'f'))
    """,
}

FILES = {
    "s.py": inspect.cleandoc(
        """
        import sys

        @profile
        def work(n):
            '''Adds up.'''
            total = 0
            for i in range(n):
                total += i

            # A comment.
            return total

        @profile
        def idle():
            return 1

        class C:
            @profile
            def method(self): return work(2)

        work(3), C().method()
        """
    )
    + "\n",
    "s_module/__init__.py": "from .base import Base\n",
    "s_module/base.py": "class Base:\n    def inherited(self): pass\ndef cousin(): pass\n",
    "s_module/mod.py": "from os.path import join\nfrom .base import Base, cousin\n"
    "def low(): return 2\n"
    "class Sub(Base):\n    def meth(self): return 3\n    alias = low\n"
    "    class Deep:\n        def deep(self): pass\n",
}


@pytest.fixture(scope="module")
def both(theirs: str, tmp_path_factory: pytest.TempPathFactory) -> Both:
    return Both(theirs, tmp_path_factory.mktemp("api"), FILES)


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_same_program_prints_the_same(both: Both, name: str) -> None:
    text = inspect.cleandoc(SNIPPETS[name])
    for tool, scoping in (("theirs", "scoping_policy"), ("ours", "code.scoping")):
        package = "line_profiler" if tool == "theirs" else "lineprof"
        (both.folders[tool] / "snippet.py").write_text(
            text.format(lp=package, scoping=scoping) + "\n"
        )
    their, our = both.run("snippet.py")
    assert (their.err, our.err) == ("", "")
    assert our.listing == their.listing
    assert our.status == their.status == 0


def test_the_explicit_profiler_writes_one_of_their_files(theirs: str, tmp_path: Path) -> None:
    script = (
        "from {lp} import profile\n@profile\ndef f(n):\n    return n\n"
        "def main():\n    f(1)\n    f(2)\nmain()\n"
    )
    both = Both(theirs, tmp_path, {})
    for tool, package in (("theirs", "line_profiler"), ("ours", "lineprof")):
        (both.folders[tool]).mkdir(exist_ok=True, parents=True)
        (both.folders[tool] / "script.py").write_text(script.format(lp=package))
    their, our = both.run("script.py", LINE_PROFILE="1")
    assert our.status == their.status == 0
    assert set(our.files) == {"profile_output.lprof"} < set(their.files)
    assert our.hits("profile_output.lprof") == their.hits("profile_output.lprof")
    off_their, off_our = both.run("script.py", LINE_PROFILE="0")
    assert (off_our.out, off_our.files) == (off_their.out, off_their.files) == ("", {})
    for outcome in (their, our):
        for path in outcome.files.values():
            path.unlink()
    on_their, on_our = both.run("script.py", "--line-profile")
    assert set(on_our.files) == set(our.files) < set(on_their.files)
