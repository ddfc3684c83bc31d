"""The pictures of the README: what a study shows on a terminal, and the first screen of its report."""
