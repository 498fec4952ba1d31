"""What a profile is, and what follows from its numbers alone."""
