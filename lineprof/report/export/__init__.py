"""Formats of other tools, one module each, named as the format."""
