"""Side-by-side runs of lineprof, line_profiler and cProfile: `python -m benchmarks`.

How it is measured, and why it is fair:

* Every measurement is a process of its own, so that no tool sees what another one left behind
  (specialised bytecode, monitoring tools, allocator state). The process times the workload with
  `perf_counter` from inside: starting the interpreter, importing the tool, decorating and a short
  warm-up are not counted. The same modules run under every tool; only `profile` differs.
* The tools take turns, A B C D A B C D ..., and a round goes through all workloads before the
  next one begins. A quiet or a busy minute of the machine thus meets all tools alike.
* A tool's time is the **minimum** over all rounds and over equally many short repetitions within
  each process: a short run finds a quiet moment more easily. Other programs, interrupts and a
  falling clock rate only ever add time, so the smallest of equally many attempts is nearest to
  what the tool itself costs. A mean or median would include what other programs did. It would do
  so twice, because the numbers that matter are differences (added time = tool - plain).
* Ratios compare **added** time, not run time: `(line_profiler - plain) / (lineprof - plain)`.
  The resolution of a run is the distance between the two best processes of the plain run. If
  lineprof adds less than that, the resolution stands in its place, and the ratio is a lower
  bound, `>= 80`.
* The same ratio is also computed round by round, from neighbouring processes only, and its median
  kept beside it (`paired`). If the two disagree, the run was disturbed and should be repeated.
* Results are compared, too. If a tool changed a workload's result, lost hits, or raised exceptions
  into the program, a note below the table says so.
"""
