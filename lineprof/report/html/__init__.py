"""A profile as one page for a browser."""
