"""What is known of the code of a program: callables, scopes, source text."""

SIZE_LIMIT = 1 << 26  # Bytes of a file that is read for its source text
