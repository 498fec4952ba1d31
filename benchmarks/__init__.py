"""Side-by-side runs of lineprof, line_profiler and cProfile: `python -m benchmarks`.

How it is measured, and why it is fair:

* Every measurement is a process of its own, so that no tool sees what another one left behind
  (specialised bytecode, monitoring tools, allocator state). The process times the workload with
  `perf_counter` from inside: starting the interpreter, importing the tool, decorating and a short
  warm-up are not in it. The same modules run under every tool; only `profile` is exchanged.
* The tools take turns, A B C D A B C D ..., and a round goes through all workloads before the
  next one begins. A quiet or a busy minute of the machine thus meets all tools alike.
* A tool's time is the **minimum** over all rounds, and over equally many short repetitions within
  each process, as a short run finds a quiet moment more easily. Other programs, interrupts and a
  falling clock rate only ever add time, so the smallest of equally many attempts is nearest to
  what the tool itself costs. A mean or median would mix in what the neighbours did, and since the
  numbers that matter are differences (added time = tool - plain), it would mix that in twice.
* Ratios compare **added** time, not run time: `(line_profiler - plain) / (lineprof - plain)`.
  Where lineprof's addition is below what this run can resolve (how far apart the two best
  processes of the plain run are), the resolution takes its place, and the ratio is given as a
  lower bound, `>= 80`.
* The same ratio is also computed round by round, from neighbouring processes only, and its median
  kept beside it (`paired`). Where the two disagree the run was disturbed and ought to be repeated.
* What a tool returned is compared too: a workload's result, the hits counted, and exceptions that
  the tool raised into the program are named below the table instead of being averaged away.
"""
