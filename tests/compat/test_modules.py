"""Modules of line_profiler, and its kernprof, do the same under the names that they have there."""

from __future__ import annotations

import inspect

import pytest

from .both import Both
from .test_api import FILES

# What is printed is compared.
SNIPPETS = {
    "listings": """
        from line_profiler.line_profiler import show_text
        stats = {('z.py', 5, 'lost'): [(6, 1, 5)], ('s.py', 3, 'work'): [(6, 2, 1200)]}
        show_text(stats, 1e-9)
        show_text(stats, 1e-9, details=False, summarize=True)
        show_text(stats, 1e-9, config='wide.toml')
        show_text(stats, 1e-9, sort=True, config=False)
    """,
    "kinds of callables": """
        import functools
        from line_profiler import profiler_mixin as m
        class C:
            def f(self): pass
            c = classmethod(f); s = staticmethod(f); p = property(f)
            q = functools.cached_property(f); pm = functools.partialmethod(f)
        print([m.is_property(x) for x in (*vars(C).values(), C().f, C, None)])
        class P(m.ByCountProfilerMixin):
            def __init__(self): self.said = []; self.enable_count = 0
            def enable(self): self.said.append(1)
            def disable(self): self.said.append(0)
            def enable_by_count(self):
                if not self.enable_count: self.enable()
                self.enable_count += 1
            def disable_by_count(self):
                self.enable_count -= 1
                if not self.enable_count: self.disable()
        p = P()
        print(p.wrap_callable(lambda x: x + 1)(1), p.runcall(max, 1, 2), p.said)
        print(p.run('x = 5') is p, x, p.runctx('y = x', {'x': 3}, {}) is p, p.said)
        print([f.__name__ for f in p.get_underlying_functions(functools.partial(C.f))])
    """,
    "command lines": """
        import argparse
        from line_profiler.cli_utils import add_argument, boolean
        for word in ('', '0', 'F', 'no', 'OFF', '1', 't', 'YES', 'On'):
            print(boolean(word), boolean(word, invert=True), end=' ')
        print(boolean('x', fallback=True, invert=True))
        try: boolean('x')
        except (ValueError, argparse.ArgumentError): print('wrong')
        parser = argparse.ArgumentParser()
        add_argument(parser, '-l', '--line', action='store_true')
        add_argument(parser, '--off', action='store_false', dest='on')
        add_argument(parser, '-u', '--unit', type=float)
        for words in ('', '-l', '--line', '--line=no', '--no-line', '--no-line=n', '--off',
                      '--off=0', '-lu 3', '--unit=4'):
            print(sorted(vars(parser.parse_args(words.split())).items(), key=str))
    """,
    "configuration": """
        from line_profiler.toml_config import ConfigSource
        from line_profiler.cli_utils import get_cli_config
        found = ConfigSource.from_config('wide.toml')
        ours = {'format', 'columns', 'top', 'filter', 'pager'} | {'min-percent', 'min_percent'}
        def shared(table): return {k: v for k, v in table.items() if k not in ours}
        print(found.path.name, shared(found.conf_dict['show']))
        print(sorted(shared(found.conf_dict['write'])))
        print(found.get_subconfig('show', 'column_widths').conf_dict['hits'])
        print(found.copy() == found, found == ConfigSource.from_default())
        print(found.get_subconfig('x', allow_absence=True).conf_dict)
        try: found.get_subconfig('x')
        except KeyError: print('KeyError')
        default = ConfigSource.from_default().conf_dict['cli']
        for cli in default, get_cli_config('cli', False).conf_dict:
            print(shared(cli))
    """,
    "kernprof": """
        import os
        import kernprof
        print(kernprof.find_script('s.py'))
        print(os.path.basename(kernprof.find_module_script('json.tool')))
        for find, name in ((kernprof.find_script, 'no'), (kernprof.find_module_script, 'no.no')):
            try: find(name, exit_on_error=False)
            except Exception as e: print(type(e).__name__, e)
            try: find(name)
            except SystemExit as e: print(e.code)
        names = {}
        kernprof.execfile('s_module/base.py', names)
        print(sorted(names.keys() - {'__builtins__'}))
        for words in ('a b', 'a -m b c', 'a -- b -m c', 'a -m b -- -m c', '-- -m'):
            print(kernprof.pre_parse_single_arg_directive(words.split(), '-m'))
        try: kernprof.pre_parse_single_arg_directive(['-m'], '-m')
        except ValueError as e: print(e)
        import threading
        done = threading.Event()
        timer = kernprof.RepeatedTimer(0.01, lambda name: (print(name), timer.stop(), done.set())
                                       if not done.is_set() else None, 'out')
        print(done.wait(30), timer.interval, timer.outfile)
        timer.stop()
        import functools
        p = kernprof.ContextualProfile()
        class C:
            @p
            @functools.cached_property
            def q(self): return 1
            def f(self, x): return x
            m = p(functools.partialmethod(f, 2))
        print(C().q, C().m(), p(C().f)(3), p(functools.partial(C().f, 4))(), p.enable_count)
        print(sorted(e.callcount for e in p.getstats() if type(e.code) is not str
                     and e.code.co_name in 'fq'))
    """,
    "introspection": """
        from line_profiler import LineProfiler
        def f(n):
            for i in range(n):
                pass
        p = LineProfiler(f)
        p.runcall(f, 2)
        (lines,) = p.code_map.values()
        # Of a line in several pieces of bytecode they give the hits of the last one.
        print([(n, line['lineno'], sorted(line)) for n, line in lines.items()])
        print(p.functions == [f], p.enable_count, p.timer_unit)
    """,
    "modules and syntax trees": """
        import ast, builtins
        from line_profiler import LineProfiler
        from line_profiler.autoprofile.run_module import AstTreeModuleProfiler
        from line_profiler.autoprofile.util_static import (
            modname_to_modpath, modpath_to_modname, split_modpath)
        from line_profiler.explicit_profiler import is_mp_bootstrap
        print(is_mp_bootstrap())
        print(split_modpath('s_module/mod.py')[1], modpath_to_modname('s_module/mod.py'))
        for words in ({}, {'hide_init': False}):
            print(modpath_to_modname('s_module/__init__.py', **words))
        print(modpath_to_modname('s_module/mod.py'), modname_to_modpath('nosuch.x'))
        print([modname_to_modpath(n)[-9:] for n in ('s_module', 's_module.mod')])
        p = LineProfiler()
        p.add_imported_function_or_module = p.add_callable
        builtins.profile = p
        for targets in (['uses.py'], ['s_module.mod'], ['uses.py', 's_module.mod'], []):
            tree = AstTreeModuleProfiler('uses.py', targets, False).profile()
            exec(compile(tree, 'uses.py', 'exec'), {'__name__': '__main__'})
        print({k[2]: [r[:2] for r in v] for k, v in sorted(p.get_stats().timings.items())
               if k[2] == 'own'})
    """,
}


@pytest.fixture(scope="module")
def both(theirs: str, tmp_path_factory: pytest.TempPathFactory) -> Both:
    more = {
        "wide.toml": "[tool.line_profiler.show.column_widths]\nhits = 15\nline = 2\ntime = 13\n",
        "uses.py": "from s_module.mod import low, Sub\ndef own():\n    return low()\n"
        "print(own(), Sub().meth())\n",
    }
    return Both(theirs, tmp_path_factory.mktemp("modules"), {**FILES, **more})


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_same_program_prints_the_same(both: Both, name: str) -> None:
    text = inspect.cleandoc(SNIPPETS[name]) + "\n"
    for tool, first in (
        ("theirs", "pass"),
        ("ours", "import lineprof; lineprof.StandIn().place()"),
    ):
        (both.folders[tool] / "snippet.py").write_text(f"{first}\n{text}")
    their, our = both.run("snippet.py")
    assert our.err == their.err
    assert our.listing == their.listing
    assert our.status == their.status == 0
