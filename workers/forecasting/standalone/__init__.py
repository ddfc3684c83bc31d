"""A trial as a program of plain Keras and NumPy: what it does, written out for those who want to do it themselves."""
