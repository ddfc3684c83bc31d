"""Recurrent layers with loops and gradients of their own: the same weights, the same numbers, in less time on a CPU."""
