"""Measuring: profilers, event sources, calibration, results."""
