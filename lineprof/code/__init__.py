"""What is known of the code of a program: callables, scopes, source text."""
