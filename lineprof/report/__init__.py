"""What a profile looks like: `table` makes rows of values, each other module one output of them."""
