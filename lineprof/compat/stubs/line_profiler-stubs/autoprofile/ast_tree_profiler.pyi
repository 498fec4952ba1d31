from lineprof.compat.syntax_trees import AstTreeProfiler as AstTreeProfiler
