"""Programs that nobody wrote, held to the reference recorder.

`grammar` has what they are made of, `writer` puts it together by the choices it is given (those of
hypothesis, or of a seed), `constructs` says what a program contains, `machine` runs it plain, under
the reference and under each event source, and `checks` compares.
"""
