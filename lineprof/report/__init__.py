"""What a profile looks like: `rows` makes rows of values, each other module one output of them."""
