"""Which code is measured, found by what a user names."""
