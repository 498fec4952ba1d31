"""A profile as a terminal shows it."""
