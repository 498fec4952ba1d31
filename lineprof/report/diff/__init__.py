"""The difference of two profiles, one module for each way to show it."""
