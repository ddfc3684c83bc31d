"""Arrays in, verdict out: which arm wins, how surely, and why."""
