"""Profiles in files."""
