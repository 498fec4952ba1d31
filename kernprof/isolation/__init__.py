"""Keeps the program and kernprof apart: neither finds, or shows, what is the other's."""
