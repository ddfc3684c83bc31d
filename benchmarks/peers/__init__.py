"""What one would run instead of this project: the same trials, as the documentation of each shows it."""
