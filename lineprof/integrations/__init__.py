"""Hosts that lineprof works in, one module each; loaded by their host alone."""
